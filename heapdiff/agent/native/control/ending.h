/* The process's end, as far as it can be caught without code of the application: SIGTERM where nobody handles it, and
   whoever calls `ending_wait`. Neither waits longer than the limit. */
#pragma once

#include <stdbool.h>

/* 0 seconds: the end is left alone. Idempotent. */
void ending_watch(unsigned limit_s);
/* Asks for a last snapshot and waits for it, up to the limit. Without the GIL. */
void ending_wait(void);
/* For the watcher's thread: whether the end waits for it; then, that it need not wait any more. */
bool ending_is_near(void);
void ending_answered(void);
/* In a forked child, and when the agent is taken out. */
void ending_forget(void);
