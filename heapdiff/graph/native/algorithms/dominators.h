/* Immediate dominators, and what can be read off their tree. Plain C over arrays that were checked; no Python here. */
#pragma once

#include "arrays/rows.h"

/* The immediate dominator of each node: a node, `nodes` where only the virtual root over all roots dominates it, or
 * `nodes + 1` where no root reaches it. Weak references do not count. False when memory ran out. */
bool dominators_compute(const Rows *rows, const uint32_t *roots, size_t root_count, uint32_t *idom);

/* Marks each node of which no dominator has the same kind, 1, else 0; also 0 where no root reaches it. False when memory
 * ran out. */
bool outermost_mark(const uint32_t *idom, const uint32_t *kinds, uint32_t nodes, uint8_t *marks);
