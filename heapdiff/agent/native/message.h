/* Words to the operator, from where Python's logging must not run. */
#ifndef HEAPDIFF_MESSAGE_H
#define HEAPDIFF_MESSAGE_H

/* One line on standard error, unless that would block or the descriptor is gone. Python's logging would run the
   application's handlers in the watcher's thread. */
void say(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
