/* How this interpreter lays out the structs that the walk reads, as far as it says so itself. */
#pragma once

#include "cpython/internals.h"

/* A list of (name, offset in this process, offset compiled in), from the interpreter's `_Py_DebugOffsets`: CPython 3.13
   on, and empty before. An extension built for one patch release may be loaded by another. */
PyObject *layout_of(PyObject *module, PyObject *ignored);

/* Once, where no collection runs. Until 3.13, Debian builds CPython with lists that stand elsewhere than the headers of others say. */
void lists_find(PyInterpreterState *interp);
/* Whether each of the collector's lists is a ring. */
bool lists_are_rings(PyInterpreterState *interp);
