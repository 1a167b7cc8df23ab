/* The application's own forks. A child begins with a thread that sleeps and nothing else, for it may be about to execute
   another program or to end; once it has lived a moment, the agent is asked to arm it. CPython 3.12 and later warn where the process
   has threads: where it has none but ours, they end before the fork and come back after it. */
#pragma once

#include "cpython/internals.h"

/* `settle`, called in a child, from its own thread; NULL: children are left alone. -1 with an exception. */
int forks_follow(PyObject *settle);
/* What no capture by copy-on-write can undercut: the seconds of one fork(2) whose child ends at once, without a step of Python. */
PyObject *forks_measure(PyObject *module, PyObject *unused);
/* A child that goes on in Python, with one descriptor, and none of the hooks: see `_native.pyi`. */
PyObject *forks_apart(PyObject *module, PyObject *args);
