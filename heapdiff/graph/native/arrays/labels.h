/* Labels of references, and the number that no node has. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "format.h"

#define NO_NODE UINT32_MAX
#define MOST_NODES (INT32_MAX - 2) /* a graph's, and of references 2 more: parents and places are 32 bits with a sign */

enum { LABEL_SHIFT = 28, LABEL_PAYLOAD = (1 << LABEL_SHIFT) - 1 };

static inline uint32_t label_of(uint32_t kind, uint32_t payload)
{
    return kind << LABEL_SHIFT | payload;
}

static inline uint32_t kind_of(uint32_t label)
{
    return label >> LABEL_SHIFT;
}

static inline bool kind_has_name(uint64_t kind)
{
    return (kind >= EDGE_ATTRIBUTE && kind <= EDGE_FREE) || kind == EDGE_INTERNAL;
}

/* Kinds that a layout or a NAMED group may use: their label needs no index and no neighbour. */
static inline bool kind_stands_alone(uint64_t kind)
{
    return kind == EDGE_UNNAMED || (kind >= EDGE_ATTRIBUTE && kind <= EDGE_STACK);
}
