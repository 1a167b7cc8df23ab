/* Objects of one graph that an earlier one has, too: by addresses first, then by chains of references that both have. */
#pragma once

#include "arrays/rows.h"

/* For each address the place of the same one in an earlier list, or -1. Both ascend; if not, places are missed. */
void recurring_match(
    const uint64_t *addresses, size_t count, const uint64_t *before, size_t count_before, int32_t *matched);

/* What is known of a matched object before its references are looked at. */
enum { MUTABLE, IMMUTABLE, REPLACED };

/* `matched` has the earlier node of each node, or -1: it stays where a chain leads there from a start. A chain has strong
 * references that joined the same two objects before, in whatever place, and never leads to an object that another one
 * has replaced: one that is REPLACED, or IMMUTABLE and refers to something else. False when memory ran out. */
bool recurring_prove(const Rows *before, const Rows *after, const uint8_t *kinds, const uint32_t *starts, size_t start_count,
    int32_t *matched);
