/* The module's functions `dominated` and `alike`. */
#pragma once

#define PY_SSIZE_T_CLEAN
#include <Python.h>

PyObject *kernel_dominated(PyObject *module, PyObject *args);
PyObject *kernel_alike(PyObject *module, PyObject *args);
