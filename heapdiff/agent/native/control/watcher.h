/* The watcher thread: with the signal's handler the only part of the agent that lives on in the worker. No descriptor,
   no Python object, no lock that a signal handler could wait for. */
#pragma once

/* 0, or an errno. Needs the GIL only so that calls don't race. */
int watcher_start(void);
/* Asks the thread to end; the caller then joins without the GIL. */
void watcher_stop(void);
/* For so long a server may reset the handler of the signal: look after it. */
void watcher_guard_handler(double seconds);
