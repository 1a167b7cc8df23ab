/* What is written about each object: columns as narrow as nearly all of their numbers, and the few wider ones beside them. */
#pragma once

#include "arrays/wide.h"

typedef struct {
    void *type_ids; /* 2 bytes each, or 4 where there are more types */
    bool long_type_ids;
    uint16_t *sizes;
    uint8_t *refcounts;
    Wide wide_sizes, wide_refcounts; /* in the order in which they were read */
    int32_t *first;     /* nodes + 2: while describing, degrees two places up; while filling, cursors one place up */
    uint32_t *named;    /* pairs: node, name */
    uint32_t *declared; /* quadruples: node, layout, positional, keyword-only */
    uint32_t *hashed;   /* nodes in the order of their hashes */
    uint64_t named_room, declared_room, hashed_room;
} Columns;

/* A number that has all bits set in its column stands among the wide ones. */
enum { WIDE_SIZE = UINT16_MAX, WIDE_REFCOUNT = UINT8_MAX };

static inline uint32_t clip(uint64_t number)
{
    return number < UINT32_MAX ? (uint32_t)number : UINT32_MAX;
}

/* Each returns false when memory ran out. */
static inline bool columns_put(Columns *columns, uint32_t node, uint32_t type, int64_t size, uint64_t refcount)
{
    if (columns->long_type_ids) {
        ((uint32_t *)columns->type_ids)[node] = type;
    } else {
        ((uint16_t *)columns->type_ids)[node] = (uint16_t)type;
    }
    bool is_short = size >= 0 && size < WIDE_SIZE, is_rare = refcount < WIDE_REFCOUNT;
    columns->sizes[node] = is_short ? (uint16_t)size : WIDE_SIZE;
    columns->refcounts[node] = is_rare ? (uint8_t)refcount : WIDE_REFCOUNT;
    return (is_short || wide_add(&columns->wide_sizes, node, size))
        && (is_rare || wide_add(&columns->wide_refcounts, node, clip(refcount)));
}
