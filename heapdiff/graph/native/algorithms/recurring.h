/* References of one graph that an earlier one has, too. */
#pragma once

#include "arrays/rows.h"

enum { NEW, IN_PLACE, ELSEWHERE };

/* Marks each reference of `after`: IN_PLACE where the same objects are joined in the same place before, ELSEWHERE where both
 * were there, NEW otherwise, and the weak ones. `matched` has the earlier node of each node, or -1. */
void recurring_mark(const Rows *before, const Rows *after, const int64_t *matched, uint8_t *marks);
