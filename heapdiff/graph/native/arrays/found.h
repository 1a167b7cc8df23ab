/* Numbers of nodes or references, as many as a search finds. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct {
    uint32_t *items; /* the caller's to free */
    size_t count, room;
} Found;

/* Makes room for one more. False when memory ran out. */
bool found_grow(Found *found);

static inline bool found_add(Found *found, uint32_t item)
{
    if (found->count == found->room && !found_grow(found)) {
        return false;
    }
    found->items[found->count++] = item;
    return true;
}
