/* The cycle collector at the capture, as `gc.isenabled`, `get_freeze_count`, `get_threshold` and `get_stats` tell it. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

enum { GENERATIONS = 3 };

/* By generation, the youngest first. */
typedef struct {
    bool enabled;
    uint64_t frozen;
    int thresholds[GENERATIONS];
    uint64_t collections[GENERATIONS];
} CollectorState;

/* Of the main interpreter. Calls nothing of Python. O(frozen objects). */
CollectorState collector_state(void);
