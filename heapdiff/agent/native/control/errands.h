/* What a client of the socket wants done that may have to wait for the application: the watcher's thread does it, for the socket's
   must never wait for long, and waits a moment for the end. One at a time; no lock. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

enum { ERRAND_BYTES_MOST = 8192 };

typedef enum { ERRAND_DONE, ERRAND_LATER, ERRAND_BUSY } ErrandEnd;

/* For the socket's thread: `what` is copied in, and once it is done copied out. LATER: it isn't done yet, but will be. BUSY: an
   earlier one is still to be done. */
ErrandEnd errand_send(void (*errand)(void *what), void *what, size_t bytes);
/* For the watcher's thread, without the GIL. True when there was one. */
bool errand_do(void);
/* After a fork: it was the parent's. */
void errand_forget(void);

/* For the watcher's thread: what needs the GIL, done with it; false where the interpreter ends. */
bool with_gil(void (*what)(void *), void *context);
