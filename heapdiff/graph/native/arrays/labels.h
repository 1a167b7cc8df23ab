/* Labels of references, as heapdiff/format.py numbers them, and the number that no node has. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#define NO_NODE UINT32_MAX

enum {
    E_UNNAMED,
    E_ELEMENT,
    E_KEY,
    E_VALUE,
    E_INT_VALUE,
    E_ATTRIBUTE,
    E_LOCAL,
    E_CELL,
    E_FREE,
    E_MEMBER,
    E_INTERNAL,
    E_TYPE,
    E_WEAK,
    E_STACK,
    E_KINDS
};

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
    return (kind >= E_ATTRIBUTE && kind <= E_FREE) || kind == E_INTERNAL;
}

/* Kinds that a layout or a NAMED group may use: their label needs no index and no neighbour. */
static inline bool kind_stands_alone(uint64_t kind)
{
    return kind == E_UNNAMED || (kind >= E_ATTRIBUTE && kind < E_KINDS);
}
