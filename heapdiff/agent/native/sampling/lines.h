/* Which lines of watched code allocate, and how often each runs. Off by default, for development only. All here needs the main
   interpreter's GIL. */
#pragma once

#include "cpython/internals.h"

#include <stdbool.h>
#include <stdint.h>

enum { WATCHED_MOST = 1 << 12, WATCHED_LINES_MOST = 1 << 20 };

typedef struct {
    PyCodeObject *code; /* one reference is ours; NULL: an empty place */
    int first_line;
    uint32_t lines;
    uint64_t calls;
    uint64_t *runs;     /* of each line */
} Watched;

/* What is allocated while this code runs counts from now on. NULL, or why not: static text. Watched already, it stays so. */
const char *lines_watch(PyCodeObject *code, int first_line, uint32_t lines);
/* From zero. NULL, or why not: static text. */
const char *lines_start(void);
/* The figures stay as they are. Idempotent. False when somebody took us out meanwhile, so that they are not complete. */
bool lines_stop(void);
/* The figures and the code. */
void lines_forget(void);

/* Of places 0 to 2 * WATCHED_MOST - 1. */
const Watched *lines_watched(unsigned place);

/* It began to run; a line of it is about to run. Besides the figures, this takes back what the interpreter allocated to tell us
   of it. */
void lines_count_call(const PyCodeObject *code, const void *argument);
void lines_count_line(const PyCodeObject *code, int line, const void *argument);

/* CPython 3.11: has each line in this thread counted, or no more. False where another tool traces it, or on later versions. */
bool lines_trace(bool on);
