/* The watcher thread: with the signal's handler the only part of the agent that lives on in the worker. No descriptor,
   no Python object, no lock that a signal handler could wait for. */
#pragma once

#include <stdbool.h>

/* 0, or an errno. Needs the GIL only so that calls don't race. */
int watcher_start(void);
/* In a forked child: starts the thread and nothing else. Once the child has lived a moment the thread calls `settle`, which
   starts the watcher or else ends with `watcher_give_up_early`; unless the application was first. */
void watcher_start_later(bool (*settle)(void));
/* For `settle`, with the GIL: nobody has begun, so the thread ends. False: somebody has. */
bool watcher_give_up_early(void);
/* The thread ends, and comes back as it was: for a fork. Not while it takes a snapshot. */
void watcher_ask_aside(void);
bool watcher_is_aside(void);
void watcher_come_back(void);
/* Asks the thread to end; the caller then joins without the GIL. */
void watcher_stop(void);
/* For so long a server may reset the handler of the signal: look after it. */
void watcher_guard_handler(double seconds);
