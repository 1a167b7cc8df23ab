/* What malloc says of itself. Takes its locks. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

typedef struct {
    uint64_t used_bytes, free_bytes, mapped_bytes;   /* in use, free inside its heaps, own mappings */
} MallocUse;

/* False, and zeros, where the C library can't tell. */
bool malloc_use(MallocUse *use);
