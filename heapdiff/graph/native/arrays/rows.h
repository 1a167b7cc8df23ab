/* A graph as compressed rows, borrowed from Python: node i refers to targets[first[i] .. first[i + 1]). */
#pragma once

#include "arrays/buffers.h"
#include "arrays/labels.h"

typedef struct {
    const int32_t *first;
    const uint32_t *targets, *labels;
    uint32_t nodes;
    size_t edges;
} Rows;

/* Checks that the three arrays describe a graph, so that a kernel may follow them blindly. Needs the GIL. O(n + m). */
bool rows_take(Rows *rows, const Py_buffer *first, const Py_buffer *targets, const Py_buffer *labels);

/* Checks that each of `count` numbers is a node; else a ValueError that names the array is set. */
bool nodes_valid(const uint32_t *nodes, size_t count, uint32_t limit, const char *name);

static inline bool is_weak(const Rows *rows, size_t edge)
{
    return kind_of(rows->labels[edge]) == EDGE_WEAK;
}
