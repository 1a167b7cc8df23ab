/* Limits and counters that libraries keep in their pools and caches, read where they stand. */
#pragma once

#include "types/tables.h"
#include "write/output.h"

typedef struct {
    Section section;
    double now;      /* seconds since 1970 */
} Facts;

bool facts_init(Facts *facts, HeapFile *file);
static inline bool facts_wanted(const TypeInfo *info)
{
    return info->facts->count > 0 || info->counters.hits != 0;
}
/* What the whitelist has of an object's type, and what an `lru_cache` counts; false when memory ended or the file failed. */
bool facts_put(Facts *facts, Names *names, const TypeInfo *info, PyObject *object);
bool facts_flush(Facts *facts);
