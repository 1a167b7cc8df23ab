/* How often each endpoint was called: counted in the worker, under its GIL; a child reads its copy of the table. */
#pragma once

#include <stdbool.h>

#include "cpython/internals.h"
#include "write/json.h"
#include "write/output.h"

/* METH_O: a call of this endpoint, None if the request has none. Raises nothing. */
PyObject *calls_count(PyObject *module, PyObject *endpoint);
/* In a forked process: its own calls are counted. */
void calls_forget(void);

/* Both write nothing where nothing was counted: the section CALL; members of the summary's `process`. */
bool calls_write(HeapFile *file);
void calls_json(Text *text);
