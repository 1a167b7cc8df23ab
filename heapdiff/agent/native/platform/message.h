/* Words to the operator, from where Python's logging must not run. */
#pragma once

#include <stdbool.h>

/* What is standard error now stays the only thing that `say` writes to in this process. */
void message_begin(void);
/* One line on standard error, unless that would block, or the number is gone or something else's. Python's logging would run the
   application's handlers in the watcher's thread. */
void say(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* From now on, or until it's called again, `say` says nothing: who asks for each snapshot has the answer by other ways. */
void message_hush(bool yes);
/* An errno in words that are nobody's to translate or free; takes no lock. */
const char *describe_error(int error);
