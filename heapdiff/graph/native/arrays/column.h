/* A column of unsigned numbers as narrow as nearly all of them; the others stand apart, where it has all bits set. */
#pragma once

#include <stdint.h>

#include "arrays/wide.h"

typedef struct {
    const void *items;
    size_t item; /* bytes: 1, 2 or 4 */
    Wide wide;   /* by ascending node */
} Column;

int64_t column_wide(const Column *column, uint32_t node, uint32_t otherwise);

static inline int64_t column_at(const Column *column, uint32_t node)
{
    if (column->item == 2) {
        uint16_t number = ((const uint16_t *)column->items)[node];
        return number == UINT16_MAX ? column_wide(column, node, number) : number;
    }
    if (column->item == 4) {
        uint32_t number = ((const uint32_t *)column->items)[node];
        return number == UINT32_MAX ? column_wide(column, node, number) : number;
    }
    uint8_t number = ((const uint8_t *)column->items)[node];
    return number == UINT8_MAX ? column_wide(column, node, number) : number;
}
