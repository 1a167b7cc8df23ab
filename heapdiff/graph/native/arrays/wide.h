/* The few numbers that a narrow column can't hold: it has all bits set in their places. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct {
    uint32_t *nodes;
    int64_t *numbers;
    size_t count, room;
} Wide;

/* False when memory ran out. */
bool wide_add(Wide *wide, uint32_t node, int64_t number);
void wide_free(Wide *wide);

/* A sum stops at the largest number. */
static inline int64_t add_sizes(int64_t left, int64_t right)
{
    int64_t sum;
    return __builtin_add_overflow(left, right, &sum) ? INT64_MAX : sum;
}
