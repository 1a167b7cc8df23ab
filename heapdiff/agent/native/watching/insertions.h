/* Counts what goes into one dict, by the stacks that put it there, and what goes out. The interpreter calls us for changes of
   that dict only (CPython 3.12 and later), and keeps the dict no longer than it would without us. With the main
   interpreter's GIL. */
#pragma once

#include "cpython/internals.h"

#include <stdbool.h>
#include <stdint.h>

enum { INSERTING_STACKS_MOST = 4096, WRAPPED_MOST = 4 };

typedef enum { INSERTIONS_COUNTED, INSERTIONS_ENOUGH, INSERTIONS_DICT_GONE, INSERTIONS_FORKED } InsertionsEnd;

/* What a decorator's function on the stack stands for, whether it calls that or not. */
typedef struct {
    PyCodeObject *code;
    uint64_t frame;      /* the function's, counted from the innermost */
} Wrapped;

typedef struct {
    uint64_t count;
    uint32_t stack;      /* a node of call_stacks.h */
    uint32_t wrapped_count;
    Wrapped wrapped[WRAPPED_MOST];
} Inserting;

typedef struct {
    bool on;
    InsertionsEnd end;       /* whether nothing is counted any more, and why */
    uint64_t inserted, removed;
    uint64_t unplaced;       /* of the inserted: no stack was there, or no room for one more */
    uint32_t stacks;
} Insertions;

/* Until so many insertions were counted; 0: no limit. NULL, or why not: a word. */
const char *insertions_begin(PyObject *dict, uint64_t most);
/* Leaves the dict as it was and gives everything back. Idempotent. */
void insertions_finish(void);

Insertions insertions_state(void);
/* The entries of the dict, 0 when it is gone. */
Py_ssize_t insertions_length(void);
/* Fills in the stacks with the most insertions first; returns how many. */
uint32_t insertions_list(Inserting out[INSERTING_STACKS_MOST]);
