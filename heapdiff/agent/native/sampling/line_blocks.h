/* Every block that some code of interest allocated, for `profile_lines`: how many bytes each of its lines allocated, and which
   blocks of those are still there. A line is a node of call_stacks.h, in which only code of interest occurs: what the line calls
   counts for it. All here needs the main interpreter's GIL; what the hook calls allocates nothing and calls nothing of Python's. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cpython/internals.h"

enum { LINE_BLOCKS_MOST = 1 << 21 }; /* alive at once */

typedef struct {
    uint64_t allocated, allocations; /* bytes, blocks; of one that is resized, what it grew by */
    uint64_t kept, blocks;           /* what is still there: a block is the line's that resized it last */
    bool seen;
} LineTotals;

/* For the hook. */
void line_blocks_add(void *block, size_t bytes);
void line_blocks_resize(void *old, void *block, size_t bytes);
void line_blocks_remove(void *block);

/* Maps what is needed, once. False when memory ends. */
bool line_blocks_prepare(bool (*wanted)(const PyCodeObject *));
/* All of them; gives memory back, and the stacks, whose code `stacks_release` can then release. */
void line_blocks_clear(void);
/* Whether nothing was allocated after it. */
bool line_blocks_is_newest(const void *block);
/* As if the block had not been allocated. */
void line_blocks_take_back(const void *block);

/* Of a node of call_stacks.h; zeros where it allocated nothing. */
LineTotals line_blocks_of(uint32_t node);
/* Blocks that were not counted: too many were alive, or too many lines led to them. */
uint64_t line_blocks_lost(void);
