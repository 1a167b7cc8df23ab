/* When the watcher takes a snapshot by itself. Reads one small file a second at most, and nothing where no rule is set. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/* 0 everywhere: nothing happens by itself. */
typedef struct {
    uint64_t rss_bytes;        /* resident memory that is too much */
    unsigned rss_percent;      /* the same, as a share of the memory limit */
    unsigned every_s, interval_s;
    uint64_t every_requests;
    unsigned exit_s;           /* a snapshot before the process ends may take so long */
} TriggerRules;

/* Only the watcher's thread uses these. */
typedef struct {
    TriggerRules rules;
    uint64_t began_ns, last_ns, next_timer_ns, next_look_ns;
    uint64_t next_requests, threshold, level;   /* level: RSS that fires next */
    bool taken;
} Triggers;

void triggers_begin(Triggers *triggers, const TriggerRules *rules, uint64_t now_ns, uint64_t requests);
/* "threshold", "requests" or "timer", or NULL. */
const char *triggers_due(Triggers *triggers, uint64_t now_ns, uint64_t requests);
/* Whether the last automatic snapshot, or the beginning, is long enough ago for one before the end. */
bool triggers_allow_exit(const Triggers *triggers, uint64_t now_ns);
/* After an automatic snapshot, whatever became of it. */
void triggers_answered(Triggers *triggers, uint64_t now_ns, uint64_t requests);
/* Milliseconds until it is worth asking again; 0: never, by time alone. */
unsigned triggers_wait_ms(const Triggers *triggers, uint64_t now_ns);
