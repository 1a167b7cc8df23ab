#include "control/triggers.h"

#include <string.h>

#include "platform/cgroup.h"
#include "platform/system.h"

enum { LOOK_MS = 1000, HYSTERESIS = 10 };

static const uint64_t SECOND = 1000000000u;

static uint64_t find_threshold(const TriggerRules *rules)
{
    uint64_t share = rules->rss_percent > 0 ? memory_limit() / 100 * rules->rss_percent : 0;
    return share > 0 && (rules->rss_bytes == 0 || share < rules->rss_bytes) ? share : rules->rss_bytes;
}

void triggers_begin(Triggers *triggers, const TriggerRules *rules, uint64_t now_ns, uint64_t requests)
{
    memset(triggers, 0, sizeof *triggers);
    triggers->rules = *rules;
    triggers->began_ns = now_ns;
    triggers->next_timer_ns = now_ns + rules->every_s * SECOND;
    triggers->next_requests = requests + rules->every_requests;
    triggers->threshold = triggers->level = find_threshold(rules);
}

static bool interval_is_over(const Triggers *triggers, uint64_t now_ns)
{
    return !triggers->taken || now_ns >= triggers->last_ns + triggers->rules.interval_s * SECOND;
}

/* A threshold fires when RSS reaches it, again for each tenth more, and afresh after RSS fell a tenth below it. */
static bool is_above(Triggers *triggers, uint64_t now_ns)
{
    if (triggers->threshold == 0 || now_ns < triggers->next_look_ns) {
        return false;
    }
    triggers->next_look_ns = now_ns + (uint64_t)LOOK_MS * 1000000u;
    uint64_t resident = resident_bytes(), step = triggers->threshold / HYSTERESIS;
    if (resident < triggers->threshold - step) {
        triggers->level = triggers->threshold;
    }
    return resident >= triggers->level;
}

const char *triggers_due(Triggers *triggers, uint64_t now_ns, uint64_t requests)
{
    if (!interval_is_over(triggers, now_ns)) {
        return NULL;
    }
    if (is_above(triggers, now_ns)) {
        return "threshold";
    }
    if (triggers->rules.every_requests > 0 && requests >= triggers->next_requests) {
        return "requests";
    }
    return triggers->rules.every_s > 0 && now_ns >= triggers->next_timer_ns ? "timer" : NULL;
}

bool triggers_allow_exit(const Triggers *triggers, uint64_t now_ns)
{
    uint64_t last = triggers->taken ? triggers->last_ns : triggers->began_ns;
    return triggers->rules.exit_s > 0 && now_ns >= last + triggers->rules.interval_s * SECOND;
}

void triggers_answered(Triggers *triggers, uint64_t now_ns, uint64_t requests)
{
    triggers->taken = true;
    triggers->last_ns = now_ns;
    if (triggers->threshold > 0) {
        uint64_t resident = resident_bytes();
        if (resident >= triggers->level) {
            triggers->level = resident + triggers->threshold / HYSTERESIS;
        }
    }
    if (requests >= triggers->next_requests) {
        triggers->next_requests = requests + triggers->rules.every_requests;
    }
    if (now_ns >= triggers->next_timer_ns) {
        triggers->next_timer_ns = now_ns + triggers->rules.every_s * SECOND;
    }
}

unsigned triggers_wait_ms(const Triggers *triggers, uint64_t now_ns)
{
    uint64_t soonest = UINT64_MAX;
    if (triggers->threshold > 0) {
        soonest = triggers->next_look_ns;
    }
    if (triggers->rules.every_s > 0 && triggers->next_timer_ns < soonest) {
        soonest = triggers->next_timer_ns;
    }
    if (triggers->rules.every_requests > 0 && now_ns + SECOND < soonest) {
        soonest = now_ns + SECOND; /* requests are counted without waking the watcher */
    }
    if (soonest == UINT64_MAX) {
        return 0;
    }
    if (triggers->taken && soonest < triggers->last_ns + triggers->rules.interval_s * SECOND) {
        soonest = triggers->last_ns + triggers->rules.interval_s * SECOND;
    }
    uint64_t wait_ms = soonest > now_ns ? (soonest - now_ns) / 1000000u + 1 : 1;
    return wait_ms < 3600000u ? (unsigned)wait_ms : 3600000u;
}
