/* What wakes the watcher's thread, and whether this process has one: all that handlers of signals need to know of it. */
#pragma once

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <sys/types.h>

/* Whether a thread of ours is to stay. One that is asked to step aside may be asked to stay after all, until it is GONE. */
enum { STAY, STEP_ASIDE, STOP, GONE };
typedef atomic_int Presence;

/* For the thread itself. */
bool stays(Presence *wish);
/* Whether the thread ended, as it was asked to, within a moment; else it stays. */
bool has_stepped_aside(pthread_t thread, Presence *wish);

/* Before a thread starts that will sleep. */
void wake_prepare(void);
/* The process whose thread runs; 0: none. After a fork it is still the parent. */
void wake_assign(pid_t process);
bool watcher_is_here(void);
/* Async-signal-safe. */
void watcher_wake(void);
/* For the thread; 0: for as long as nobody wakes it. */
void sleep_until_woken(unsigned milliseconds);
