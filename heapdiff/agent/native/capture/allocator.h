/* What the allocators say of themselves: used and free bytes of pymalloc and of malloc. */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

typedef struct {
    bool pymalloc_known, malloc_known;
    uint64_t arena_bytes, pymalloc_used;                 /* pymalloc: mapped for small objects, and in use */
    uint64_t malloc_used, malloc_free, malloc_mapped;    /* malloc: in use, free inside its heaps, own mappings */
} AllocatorUse;

typedef struct {
    pid_t reader;
    AllocatorUse *use;   /* shared with the reader */
} AllocatorReading;

/* Both allocators take locks that another thread may have held at the fork, so a process of its own asks them: at
   worst it is ended and the figures are missing. Call before Python's allocators are replaced. */
void allocator_begin(AllocatorReading *reading);
/* Waits a moment at most, and for one that was begun once only. */
AllocatorUse allocator_end(AllocatorReading *reading);
