/* The sampler: on or off, at which interval, for how long. Samples say which code allocated what is alive, the heap says how
   much of it there is. Off by default; once on, its memory stays mapped, and pages that were used return to the system at `stop`.

   All but the last two need the main interpreter's GIL. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

static const uint64_t SAMPLING_INTERVAL_MOST = 1ull << 40, SAMPLING_SECONDS_MOST = 86400ull * 366;

typedef struct {
    bool on;
    uint64_t interval;     /* mean bytes from one sample to the next */
    uint64_t since_ns;     /* on the monotonic clock */
    uint64_t seconds_left; /* 0: it does not stop by itself */
    uint64_t taken, lost; /* lost: more were alive than the table has room for */
    uint32_t live;
} SamplingState;

/* For so many seconds; 0: until it is stopped. One that runs with this interval goes on and keeps its samples. NULL, or why
   not: static text. */
const char *sampling_start(uint64_t interval, uint64_t seconds);
/* Forgets all samples. */
void sampling_stop(void);
/* From time to time, outside the allocator: ends it when its time is over, puts it back where somebody took it out, and gives
   code back that nothing sampled needs. */
void sampling_tick(void);
/* Whether `sampling_tick` has something to look after. For any thread. */
bool sampling_needs_care(void);
/* For any thread, and in a copy of the process. */
SamplingState sampling_state(void);
