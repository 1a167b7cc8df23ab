/* tracemalloc's traces, read where they stand: no call, no lock, so only in a copy of the process. */
#pragma once

#include "cpython/internals.h"

#include <stdbool.h>
#include <stdint.h>

typedef struct {
    uint64_t bytes;
    const void *stack;  /* the same for all blocks allocated by the same calls */
    unsigned frames;
} Trace;

typedef struct {
    PyObject *file;     /* its name, borrowed; NULL: it is `path`, as UTF-8 */
    const char *path;
    unsigned line;
} TraceFrame;

/* How many blocks have one; 0 also where they can't be read. */
uint64_t traces_count(void);
/* It is at work, and its tables are out of reach, or laid out in another way than they were when this was compiled. */
bool traces_are_hidden(void);
/* False where the block has none. */
bool trace_find(const void *block, Trace *trace);
/* Innermost is frame 0. */
TraceFrame trace_frame(const Trace *trace, unsigned frame);
