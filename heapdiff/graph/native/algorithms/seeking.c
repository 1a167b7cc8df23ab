#include "algorithms/seeking.h"

#include <stdlib.h>

#include "algorithms/paths.h"

bool seek_targets(const Rows *rows, const uint8_t *marks, Found *found)
{
    for (size_t edge = 0; edge < rows->edges; edge++) {
        if (marks[rows->targets[edge]] && !is_weak(rows, edge) && !found_add(found, (uint32_t)edge)) {
            return false;
        }
    }
    return true;
}

/* How many strong references lead to each node, or UINT16_MAX. */
static uint16_t *count_referrers(const Rows *rows)
{
    uint16_t *counts = calloc((size_t)rows->nodes + 1, sizeof *counts);
    for (size_t edge = 0; counts != NULL && edge < rows->edges; edge++) {
        uint16_t *count = &counts[rows->targets[edge]];
        *count += *count < UINT16_MAX && !is_weak(rows, edge);
    }
    return counts;
}

bool seek_ties(
    const Rows *rows, const uint8_t *costs, const int32_t *distance, const int32_t *via, uint32_t most, Found *found)
{
    uint16_t *counts = count_referrers(rows);
    bool enough = counts != NULL;
    for (uint32_t node = 0; enough && node < rows->nodes; node++) {
        if (distance[node] >= FARTHEST) {
            continue;
        }
        for (int32_t edge = rows->first[node]; enough && edge < rows->first[node + 1]; edge++) {
            uint32_t target = rows->targets[edge];
            bool tied = (int64_t)distance[node] + costs[edge] == distance[target] && distance[target] < FARTHEST;
            if (tied && via[target] != edge && counts[target] <= most && !is_weak(rows, (size_t)edge)) {
                enough = found_add(found, (uint32_t)edge);
            }
        }
    }
    free(counts);
    return enough;
}

bool labels_are_below(const uint32_t *labels, size_t count, const uint32_t limits[16])
{
    bool below = true;
    for (size_t i = 0; i < count; i++) {
        below &= labels[i] < limits[kind_of(labels[i])];
    }
    return below;
}

void price_edges(const Rows *rows, const uint8_t by_kind[16], const uint8_t *by_name, size_t names, const uint8_t *extra,
    uint8_t most, uint8_t *costs)
{
    for (size_t edge = 0; edge < rows->edges; edge++) {
        uint32_t label = rows->labels[edge], payload = label & LABEL_PAYLOAD;
        unsigned cost = by_kind[kind_of(label)];
        if (kind_has_name(kind_of(label)) && payload < names && by_name[payload] > 0) {
            cost = by_name[payload];
        }
        cost += extra[rows->targets[edge]];
        costs[edge] = (uint8_t)(cost < most ? cost : most);
    }
}
