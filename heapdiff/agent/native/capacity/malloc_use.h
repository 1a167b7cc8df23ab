/* Whose malloc the process uses, and what it says of itself. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

typedef struct {
    uint64_t used_bytes, free_bytes, mapped_bytes;   /* in use, free inside its heaps, own mappings */
} MallocUse;

/* Once, before any fork: takes the loader's lock. */
void malloc_prepare(void);
/* The file that malloc is in; empty where that can't be told. */
const char *malloc_file(void);
bool malloc_is_glibc(void);
/* "glibc", "jemalloc" or "tcmalloc"; NULL where it's another. */
const char *malloc_kind(void);
/* False, and zeros, where malloc tells nothing. Takes its locks. */
bool malloc_use(MallocUse *use);
