/* Retained sizes: sums over a dominator tree. Plain C over arrays that were checked; no Python here. */
#pragma once

#include "arrays/wide.h"

/* Adds to the size of each node what it dominates; 0 where no root reaches it. `sizes` is a narrow column of own sizes at
 * first, of which `large` has the wide ones, and then one of sums, of which `wide` gets them, by ascending node. False when
 * memory ran out. */
bool retained_compute(const uint32_t *idom, uint32_t nodes, uint32_t *sizes, const Wide *large, Wide *wide);
