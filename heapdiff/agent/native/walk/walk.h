/* The walk: every object of the heap to a .heap file. Runs in the capture child; writes no reference count. */
#ifndef HEAPDIFF_WALK_H
#define HEAPDIFF_WALK_H

#include "types/tables.h"

typedef struct {
    uint64_t objects, references, bytes, records, roots, faults;
} WalkTotals;

/* What the parent may watch while the child walks; lives in shared memory. */
typedef struct {
    volatile uint64_t objects;
} WalkProgress;

typedef struct Walk Walk;

/* Called for each record and each reference with a name; only the self-check sets it. */
typedef struct {
    void (*record)(void *context, uintptr_t address, size_t bytes);
    void (*reference)(void *context, uintptr_t owner, const char *name, uintptr_t target);
    void *context;
} WalkObserver;

typedef struct {
    bool graph;                 /* false: count types only, write no records */
    bool values;                /* what strings and numbers hold, too */
    uint64_t crash_after;       /* fault injection: die after so many records; 0 never */
    const WalkObserver *observer;
    WalkProgress *progress;
} WalkOptions;

/* Once per process, with the GIL. */
int walk_prepare(void);

/* NULL when memory ends. */
Walk *walk_new(HeapFile *file, WalkOptions options);
/* Everything between INFO and MEMO; false when memory ended or the file failed. */
bool walk_heap(Walk *walk, PyInterpreterState *interp);
WalkTotals walk_totals(const Walk *walk);
Tables *walk_tables(Walk *walk);

#endif
