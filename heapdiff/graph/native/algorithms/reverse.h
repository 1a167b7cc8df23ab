/* References turned round. */
#pragma once

#include "arrays/rows.h"

/* `first` has nodes + 2 zeroed items, of which the first nodes + 1 are the rows in the end; `sources` and `edges` have
 * room for every reference. Returns how many are filled: the weak ones are left out. Rows are in order of edges. */
size_t reverse_rows(const Rows *rows, int32_t *first, uint32_t *sources, uint32_t *edges);
