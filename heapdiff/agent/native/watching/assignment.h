/* A watch as it is asked for, carried out and told: the door asks, the watcher's thread does it, and leaves what it saw for the
   door. One at a time. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "watching/holder.h"
#include "write/json.h"

enum { WATCH_SECONDS_MOST = 86400 };

typedef struct {
    uint64_t number;           /* whoever asks chooses one, so that it's known before it begins */
    uint64_t seconds;          /* it ends after */
    uint64_t most;             /* or with so many insertions; 0: no limit */
    char path[HOLDER_PATH_MOST];
} Assignment;

/* For the door. False when one is going on. */
bool watching_assign(const Assignment *assignment);
/* Ends the watch of this number, if that goes on. */
void watching_cancel(uint64_t number);
/* Adds the last watch's state as an object. */
void watching_tell(Text *text);

/* For the watcher's thread, without the GIL: does what is due. How many milliseconds later there may be more to do; 0: when
   somebody wakes it. */
unsigned watching_tick(void);
/* Ends what goes on, for the agent ends. */
void watching_stop(void);
