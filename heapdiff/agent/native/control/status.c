#define _GNU_SOURCE
#include "control/status.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "capture/calls.h"
#include "control/ending.h"
#include "control/handler.h"
#include "control/wake.h"
#include "directory/stem.h"

static struct {
    pthread_mutex_t lock;
    CaptureSettings settings;
    CaptureBounds bounds;
    WatcherStatus status;
    CaptureRequest slot;
    bool slot_filled;
    TriggerRules rules;
    bool rules_changed;
    uint64_t rules_since_requests;
    uint64_t crash_after;
} shared = {.lock = PTHREAD_MUTEX_INITIALIZER};

/* The lock may be held by a thread that does not exist in the child. */
static void free_lock(void)
{
    pthread_mutex_init(&shared.lock, NULL);
}

int status_prepare(void)
{
    return pthread_atfork(NULL, NULL, free_lock);
}

void watcher_configure(const CaptureSettings *settings)
{
    char *before = NULL;
    pthread_mutex_lock(&shared.lock);
    if (shared.status.state != STATE_RUNNING) {
        before = shared.settings.argv_json;
    }
    shared.settings = *settings;
    pthread_mutex_unlock(&shared.lock);
    free(before);
}

void watcher_bound(const CaptureBounds *bounds)
{
    pthread_mutex_lock(&shared.lock);
    shared.bounds = *bounds;
    pthread_mutex_unlock(&shared.lock);
}

static bool are_same_rules(const TriggerRules *left, const TriggerRules *right)
{
    return left->rss_bytes == right->rss_bytes && left->rss_percent == right->rss_percent
        && left->every_s == right->every_s && left->interval_s == right->interval_s
        && left->every_requests == right->every_requests && left->exit_s == right->exit_s;
}

void watcher_automate(const TriggerRules *rules)
{
    pthread_mutex_lock(&shared.lock);
    bool changed = !are_same_rules(&shared.rules, rules);
    shared.rules = *rules;
    if (changed) {
        status_renew_rules();
    }
    pthread_mutex_unlock(&shared.lock);
    ending_watch(rules->exit_s);
    if (changed && watcher_is_here()) {
        watcher_wake();
    }
}

void watcher_crash_after(uint64_t records)
{
    shared.crash_after = records;
}

/* With the lock. */
static unsigned run_next(void)
{
    shared.status.state = STATE_RUNNING;
    shared.status.objects_so_far = shared.status.pause_ns = 0;
    return ++shared.status.ticket;
}

unsigned watcher_request(const CaptureRequest *request)
{
    unsigned ticket = 0;
    pthread_mutex_lock(&shared.lock);
    if (shared.status.state != STATE_RUNNING && !shared.slot_filled) {
        shared.slot = *request;
        shared.slot_filled = true;
        ticket = run_next();
    } else {
        shared.status.refused++;
    }
    pthread_mutex_unlock(&shared.lock);
    if (ticket != 0) {
        watcher_wake();
    }
    return ticket;
}

void watcher_status(WatcherStatus *status)
{
    pthread_mutex_lock(&shared.lock);
    *status = shared.status;
    pthread_mutex_unlock(&shared.lock);
}

bool status_is_busy(void)
{
    pthread_mutex_lock(&shared.lock);
    bool busy = shared.slot_filled || shared.status.state == STATE_RUNNING;
    pthread_mutex_unlock(&shared.lock);
    return busy;
}

void status_forget(void)
{
    memset(&shared.status, 0, sizeof shared.status);
    shared.slot_filled = false;
    shared.crash_after = 0;
    calls_forget();
    ending_forget();
    if (shared.rules.exit_s > 0) {
        ending_watch(shared.rules.exit_s);
    }
}

void status_renew_rules(void)
{
    shared.rules_changed = true;
    shared.rules_since_requests = requests_served;
}

bool status_take_request(CaptureRequest *request)
{
    bool found = true;
    pthread_mutex_lock(&shared.lock);
    if (shared.slot_filled) {
        *request = shared.slot;
        shared.slot_filled = false;
    } else if (handler_take_pending() > 0) {
        *request = (CaptureRequest){.trigger = "signal", .wish.graph = true};
        run_next();
    } else {
        found = false;
    }
    pthread_mutex_unlock(&shared.lock);
    return found;
}

bool status_take_rules(TriggerRules *rules, uint64_t *requests)
{
    pthread_mutex_lock(&shared.lock);
    bool changed = shared.rules_changed;
    *rules = shared.rules;
    *requests = shared.rules_since_requests;
    shared.rules_changed = false;
    pthread_mutex_unlock(&shared.lock);
    return changed;
}

bool status_begin(void)
{
    pthread_mutex_lock(&shared.lock);
    bool first = shared.status.state != STATE_RUNNING;
    if (first) {
        run_next();
    }
    pthread_mutex_unlock(&shared.lock);
    return first;
}

void status_fill(Attempt *attempt)
{
    pthread_mutex_lock(&shared.lock);
    attempt->settings = shared.settings;
    attempt->bounds = shared.bounds;
    attempt->crash_after = shared.crash_after;
    shared.crash_after = 0;
    pthread_mutex_unlock(&shared.lock);
}

void status_announce(const char *stem)
{
    pthread_mutex_lock(&shared.lock);
    strcpy(stpcpy(shared.status.name, stem), SUMMARY_SUFFIX);
    pthread_mutex_unlock(&shared.lock);
}

void status_forked(uint64_t pause_ns)
{
    pthread_mutex_lock(&shared.lock);
    shared.status.pause_ns = pause_ns;
    pthread_mutex_unlock(&shared.lock);
}

void status_progress(uint64_t objects)
{
    pthread_mutex_lock(&shared.lock);
    shared.status.objects_so_far = objects;
    pthread_mutex_unlock(&shared.lock);
}

void status_refuse(unsigned requests)
{
    pthread_mutex_lock(&shared.lock);
    shared.status.refused += requests;
    pthread_mutex_unlock(&shared.lock);
}

void status_end(const Attempt *attempt, const CaptureReport *report, bool done)
{
    pthread_mutex_lock(&shared.lock);
    WatcherStatus *status = &shared.status;
    status->state = done ? STATE_DONE : STATE_FAILED;
    status->captures += done;
    status->failures += !done;
    status->name[0] = status->path[0] = '\0';
    if (attempt->order.stem[0] != '\0') {
        snprintf(status->name, sizeof status->name, "%s" SUMMARY_SUFFIX, attempt->order.stem);
        attempt_path(status->path, attempt);
    }
    memcpy(status->error, attempt->error, sizeof status->error);
    if (done) {
        status->objects = status->objects_so_far = report->totals.objects;
        status->bytes = report->totals.bytes;
        status->pause_ns = report->pause_ns;
        status->walk_ns = report->walk_ns;
        status->private_bytes = report->private_bytes;
        clock_gettime(CLOCK_REALTIME, &status->captured_at);
    }
    if (report != NULL) {
        status->paused_ns += report->pause_ns;
    }
    pthread_mutex_unlock(&shared.lock);
}
