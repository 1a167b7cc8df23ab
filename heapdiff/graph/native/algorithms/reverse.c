#include "algorithms/reverse.h"

size_t reverse_rows(const Rows *rows, int32_t *first, uint32_t *sources, uint32_t *edges)
{
    for (size_t edge = 0; edge < rows->edges; edge++) {
        first[(size_t)rows->targets[edge] + 2] += !is_weak(rows, edge);
    }
    for (size_t node = 0; node < rows->nodes; node++) {
        first[node + 2] += first[node + 1];
    }
    for (uint32_t node = 0; node < rows->nodes; node++) {
        for (int64_t edge = rows->first[node]; edge < rows->first[node + 1]; edge++) {
            if (!is_weak(rows, (size_t)edge)) {
                int32_t at = first[(size_t)rows->targets[edge] + 1]++;
                sources[at] = node;
                edges[at] = (uint32_t)edge;
            }
        }
    }
    return (size_t)first[rows->nodes];
}
