/* The Python type `Decoder`. */
#ifndef HEAPDIFF_DECODER_H
#define HEAPDIFF_DECODER_H

#define PY_SSIZE_T_CLEAN
#include <Python.h>

PyObject *decoder_type(void);

#endif
