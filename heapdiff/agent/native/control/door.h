/* The Unix socket beside the snapshots, through which the same user asks this process for a
   snapshot or for its state. One thread, with a descriptor table of its own: the application neither sees nor
   inherits nor closes its descriptors, and it can touch none of the application's. `docs/decisions` says why. */
#pragma once

#include <stdbool.h>

/* NULL when the socket listens, else the reason why not. Idempotent; opens anew after a fork, in another directory, and
   where the file is gone. Takes at most a few seconds on a file system that hangs. The caller lets one thread in. */
const char *door_open(const char *directory, const char *name);
/* Ends the thread and removes the socket. Call without the GIL. */
void door_close(void);
/* The thread ends, its socket keeps no name that would refuse, and it comes back to answer there: for a fork. Not while it has a client. */
void door_ask_aside(void);
bool door_is_aside(void);
void door_come_back(void);
