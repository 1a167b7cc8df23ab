/* What was written to an `io.StringIO`: it hangs on no reference that any traverse visits. */
#pragma once

#include <Python.h>

#include <stdbool.h>

/* Once per process, with the GIL: whether it is where this version is known to keep it, proved on a stream of our own. */
void text_streams_prepare(void);

/* Whether the type is `_io.StringIO`, or made from it. */
bool is_text_stream(PyTypeObject *type);

/* A list of pieces, or one buffer; NULL where there is none, or it is kept as plain memory. */
PyObject *written_text(PyObject *stream);
