/* The sampler's functions for Python, with the GIL; `_native.pyi` documents them. */
#pragma once

#include <Python.h>

PyObject *sampling_sample(PyObject *module, PyObject *args);
/* All the others. */
extern PyMethodDef sampling_methods[];
