/* What is reached from some nodes, and at what least cost. */
#pragma once

#include "arrays/rows.h"

#define UNREACHED INT32_MAX
#define FARTHEST (UNREACHED - 1) /* what costs more counts as this */

enum { FORBIDDEN_COST = 255 };

typedef struct {
    const uint32_t *nodes;
    const int64_t *costs; /* ascending, from 0 on */
    size_t count;
} Starts;

typedef struct {
    int32_t *distance; /* UNREACHED where nothing leads */
    int32_t *edge;     /* the last reference, -1 at a start or where unreached */
    int32_t *parent;   /* its owner, or -1 */
} Paths;

/* Cheapest paths along strong references whose cost, a byte per reference, is not 255. Of equally cheap ones the one
 * found first stays. `paths` holds those known before, none at first: UNREACHED and -1. False when memory ran out. */
bool paths_compute(const Rows *rows, const uint8_t *costs, Starts starts, Paths *paths);

enum { UNSEEN, SEEN, BLOCKED };

/* Marks as SEEN what strong references lead to from the starts, never through BLOCKED. False when memory ran out. */
bool reach_compute(const Rows *rows, const uint32_t *starts, size_t count, uint8_t *marks);
