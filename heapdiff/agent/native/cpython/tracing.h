/* tracemalloc's table of traces, where it stands: no call, no lock, so only for a copy of the process. */
#pragma once

#include "cpython/internals.h"

#include <internal/pycore_hashtable.h>
#if PY_VERSION_HEX >= 0x030C0000
#include <internal/pycore_runtime.h>

typedef struct tracemalloc_traceback Traceback;
#else /* they stand in _tracemalloc.c only */
#include <internal/pycore_pymem.h>

typedef struct __attribute__((packed)) {
    PyObject *filename;
    unsigned int lineno;
} TracebackFrame;

typedef struct {
    Py_uhash_t hash;
    uint16_t nframe, total_nframe;
    TracebackFrame frames[1];
} Traceback;
#endif

/* So in _tracemalloc.c of all versions. */
typedef struct {
    size_t size;
    Traceback *traceback;
} TracedBlock;

/* Once, before the process is copied: before 3.12 the table is a static variable, looked for among those of its library. */
void tracing_prepare(void);
/* Address of a block -> TracedBlock. NULL: there is none, or it was not found. */
const _Py_hashtable_t *traced_blocks(void);
