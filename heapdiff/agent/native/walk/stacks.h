/* What threads and waiting greenlets hold: their states and the frames of their stacks, as roots. */
#pragma once

#include "walk/record.h"

/* A root whose object is read later. */
void object_root(Walk *walk, enum RootKind kind, uint32_t name, PyObject *object);
/* The frames of a greenlet that waits for its turn: its C stack is away, but its Python frames are roots as a thread's.
   NULL when it does not wait. */
void reach_suspended(Walk *walk, PyFrameObject *top);
/* Steps. What frames borrow must be counted before the first record. */
void count_borrowed(Walk *walk, void *unused);
void walk_threads(Walk *walk, void *unused);
