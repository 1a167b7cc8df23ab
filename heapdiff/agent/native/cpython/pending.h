/* Where this interpreter keeps the calls that its main thread makes between two bytecodes; for `snapshot --attach`. */
#pragma once

#include <Python.h>

/* A dict of addresses and offsets in bytes, or None for a version whose queue is laid out otherwise. */
PyObject *pending_layout(PyObject *module, PyObject *ignored);
