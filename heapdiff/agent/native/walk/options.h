/* What a walk is told, what it tells while it runs, and what it counted: for those who have it done and need none of it. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct {
    uint64_t objects, references, bytes, records, roots, faults;
} WalkTotals;

/* What the parent may watch while the child walks; lives in shared memory. */
typedef struct {
    volatile uint64_t objects;
} WalkProgress;

/* Called for each record and each reference with a name; only the self-check sets it. */
typedef struct {
    void (*record)(void *context, uintptr_t address, size_t bytes);
    void (*reference)(void *context, uintptr_t owner, const char *name, uintptr_t target);
    void *context;
} WalkObserver;

typedef struct {
    bool graph;                 /* false: count types only, write no records */
    bool tracked_only;          /* count what the collector lists, follow no reference: takes next to no memory */
    bool values;                /* what strings and numbers hold, too */
    bool hashes;                /* which strings and bytes are equal */
    uint64_t captured_ns;       /* on the monotonic clock: samples are so old then; 0: now */
    uint64_t crash_after;       /* fault injection: die after so many records; 0 never */
    const WalkObserver *observer;
    WalkProgress *progress;
} WalkOptions;
