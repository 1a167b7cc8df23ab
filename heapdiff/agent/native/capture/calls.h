/* How many requests were served, and how often each endpoint was called: counted in the worker; a child reads its copy. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "cpython/internals.h"
#include "write/json.h"
#include "write/output.h"

extern volatile uint64_t requests_served;
extern volatile bool requests_are_counted; /* something in this process or its parent counts them */

/* METH_NOARGS: one was served; they are going to be counted; how many were. */
PyObject *calls_count_request(PyObject *module, PyObject *ignored);
PyObject *calls_start_counting(PyObject *module, PyObject *ignored);
PyObject *calls_requests(PyObject *module, PyObject *ignored);
/* METH_O: a call of this endpoint, None if the request has none. Under the GIL. Raises nothing. */
PyObject *calls_count(PyObject *module, PyObject *endpoint);
/* In a forked process: its own calls are counted. */
void calls_forget(void);

/* Both write nothing where nothing was counted: the section CALL; members of the summary's `process`. */
bool calls_write(HeapFile *file);
void calls_json(Text *text);
