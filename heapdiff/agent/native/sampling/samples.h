/* The sampled blocks of memory that are still allocated, by their addresses, each with the stack that allocated it. Everything
   here needs the main interpreter's GIL, or a copy of the process in which nothing else runs; it calls nothing of Python's API. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { SAMPLE_ROWS = 1 << 17, SAMPLES_MOST = SAMPLE_ROWS / 2, GRAIN_SHIFT = 4, FILTER_SLOTS = 1 << 19 };

typedef struct {
    uintptr_t address;  /* 0: an empty row */
    uint64_t bytes;     /* asked for */
    uint64_t ns;        /* on the monotonic clock */
    uint32_t stack;     /* a node of call_stacks.h, or 0 */
} Sample;

/* A bit for each slot that has a sample; every free looks here. The slot is in the address, so that blocks that lie together are
   looked for in one place: of what a request uses, the bits take no room worth speaking of in the first-level cache. */
extern uint64_t samples_filter[FILTER_SLOTS / 64];

static inline uint32_t filter_slot(const void *block)
{
    return (uint32_t)((uintptr_t)block >> GRAIN_SHIFT) & (FILTER_SLOTS - 1);
}

static inline bool samples_may_have(const void *block)
{
    uint32_t slot = filter_slot(block);
    return (__atomic_load_n(&samples_filter[slot / 64], __ATOMIC_RELAXED) >> (slot % 64)) & 1;
}

/* Maps what the table needs, once. False when memory ends. */
bool samples_prepare(void);
/* Takes over one use of the stack. False, and nothing is kept, when the table is full. One at this address before is replaced. */
bool samples_add(void *block, size_t bytes, uint64_t ns, uint32_t stack);
void samples_remove(void *block);
/* All of them; gives memory back. */
void samples_clear(void);

uint32_t samples_count(void);
/* NULL: no sample of that block. */
const Sample *samples_find(const void *block);
/* Row 0 to SAMPLE_ROWS - 1; NULL for an empty one. */
const Sample *samples_at(uint32_t row);
