/* Where the graph begins: modules, the interpreter's own tables, the frames and states of threads. */
#ifndef HEAPDIFF_ROOTS_H
#define HEAPDIFF_ROOTS_H

#include "walk/record.h"

/* Only gathers: what the roots refer to is read later, each on its own. A crash costs the one name or stack. */
void walk_roots(Walk *walk);
/* The frames of a greenlet that waits for its turn: its C stack is away, but its Python frames are roots as a thread's.
   NULL when it does not wait. */
void reach_suspended(Walk *walk, PyFrameObject *top);
/* Types that nothing refers to but their instances; each may bring a metatype of its own. */
void walk_static_types(Walk *walk);

/* Everything that waits on the stack; in walk.c. */
void drain(Walk *walk);

#endif
