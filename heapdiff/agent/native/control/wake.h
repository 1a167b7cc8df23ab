/* What wakes the watcher's thread, and whether this process has one: all that handlers of signals need to know of it. */
#pragma once

#include <stdbool.h>
#include <sys/types.h>

/* Before a thread starts that will sleep. */
void wake_prepare(void);
/* The process whose thread runs; 0: none. After a fork it is still the parent. */
void wake_assign(pid_t process);
bool watcher_is_here(void);
/* Async-signal-safe. */
void watcher_wake(void);
/* For the thread; 0: for as long as nobody wakes it. */
void sleep_until_woken(unsigned milliseconds);
