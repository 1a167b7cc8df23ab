/* References with something in common, found in one pass or two over all. */
#pragma once

#include "arrays/found.h"
#include "arrays/rows.h"

/* Ascending: those that are strong and lead to nodes with a mark. False when memory ran out. */
bool seek_targets(const Rows *rows, const uint8_t *marks, Found *found);

/* Those that lie on a cheapest path as well as the one that `via` has for their target: where `most` references at most lead.
 * `distance` has the most that it can hold, and one less, for nodes that are not told apart. False when memory ran out. */
bool seek_ties(
    const Rows *rows, const uint8_t *costs, const int32_t *distance, const int32_t *via, uint32_t most, Found *found);

/* Whether each label is below the limit of its kind. */
bool labels_are_below(const uint32_t *labels, size_t count, const uint32_t limits[16]);

/* What each reference costs: by the kind of its label, or by its name where `by_name` has one, and what its target adds;
 * `most` at most. */
void price_edges(const Rows *rows, const uint8_t by_kind[16], const uint8_t *by_name, size_t names, const uint8_t *extra,
    uint8_t most, uint8_t *costs);
