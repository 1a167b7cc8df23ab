/* The application's own forks. A child begins with a thread that sleeps and nothing else, for it may be about to execute
   another program or to end; once it has lived a moment, the agent is asked to arm it. CPython 3.12 and later warn where the process
   has threads: where it has none but ours, they end before the fork and come back after it. */
#pragma once

#include "cpython/internals.h"

/* `settle`, called in a child, from its own thread; NULL: children are left alone. -1 with an exception. */
int forks_follow(PyObject *settle);
