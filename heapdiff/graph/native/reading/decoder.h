/* The Python type `Decoder`. */
#pragma once

#define PY_SSIZE_T_CLEAN
#include <Python.h>

PyObject *decoder_type(void);
