#define _GNU_SOURCE
#include "control/watcher.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "capture/attempt.h"
#include "control/ending.h"
#include "control/handler.h"
#include "control/wake.h"
#include "directory/registry.h"
#include "platform/clock.h"
#include "platform/message.h"

enum { STACK_BYTES = 1 << 20, TICK_MS = 20, GUARD_MS = 250, SOON_S = 1 };

volatile uint64_t watcher_requests_served;
volatile bool watcher_counts_requests;

static struct {
    pthread_mutex_t lock;      /* guards settings, status, slot; held for copies only */
    pthread_t thread;
    atomic_bool stopping;
    CaptureSettings settings;
    WatcherStatus status;
    CaptureRequest slot;
    bool slot_filled;
    bool said_busy;            /* during this capture */
    unsigned sequence;
    uint64_t crash_after;
    CaptureBounds bounds;
    TriggerRules rules;
    bool rules_changed;
    uint64_t rules_since_requests;
    Triggers triggers;         /* the thread's own */
    uint64_t last_graph_bytes, last_rss;
    _Atomic uint64_t guard_until_ns, guard_often_until_ns;
} watcher = {.lock = PTHREAD_MUTEX_INITIALIZER, .bounds = {.headroom = true}};

void watcher_guard_handler(double seconds)
{
    uint64_t now = monotonic_ns();
    atomic_store(&watcher.guard_until_ns, now + (uint64_t)(seconds * 1e9));
    atomic_store(&watcher.guard_often_until_ns, now + (uint64_t)SOON_S * 1000000000u);
    watcher_wake();
}

/* Tells who asks for a snapshot while one is being taken; clients, each time, the operator, once. */
static void refuse_signals(const Attempt *attempt)
{
    unsigned refused = handler_take_pending();
    if (refused == 0) {
        return;
    }
    pthread_mutex_lock(&watcher.lock);
    watcher.status.refused += refused;
    pthread_mutex_unlock(&watcher.lock);
    Outcome busy = {attempt->ticket, "busy", attempt->order.stem, "a snapshot is being taken already"};
    registry_publish(&attempt->order.place, &busy);
    if (!watcher.said_busy) {
        say("a snapshot is being taken already; ask again when it is done");
        watcher.said_busy = true;
    }
}

static void announce(const char *stem)
{
    pthread_mutex_lock(&watcher.lock);
    strcpy(stpcpy(watcher.status.name, stem), SUMMARY_SUFFIX);
    pthread_mutex_unlock(&watcher.lock);
}

static void tick(const Attempt *attempt, const CaptureReport *report)
{
    sleep_until_woken(TICK_MS);
    if (!report->appears) { /* who saw the file may ask again while the child still ends */
        refuse_signals(attempt);
    }
    pthread_mutex_lock(&watcher.lock);
    watcher.status.objects_so_far = report->progress.objects;
    pthread_mutex_unlock(&watcher.lock);
}

static void record_result(const Attempt *attempt, const CaptureReport *report, bool done)
{
    pthread_mutex_lock(&watcher.lock);
    WatcherStatus *status = &watcher.status;
    status->state = done ? STATE_DONE : STATE_FAILED;
    status->captures += done;
    status->failures += !done;
    if (attempt != NULL) {
        snprintf(status->name, sizeof status->name, "%s" SUMMARY_SUFFIX, attempt->order.stem);
        attempt_path(status->path, attempt);
        memcpy(status->error, attempt->error, sizeof status->error);
    }
    if (done) {
        status->objects = status->objects_so_far = report->totals.objects;
        status->pause_ns = report->pause_ns;
        status->walk_ns = report->walk_ns;
        status->private_bytes = report->private_bytes;
    }
    pthread_mutex_unlock(&watcher.lock);
}

static void capture_once(const CaptureRequest *request, unsigned ticket)
{
    static const Listener listener = {announce, tick};
    Attempt *attempt = calloc(1, sizeof *attempt);
    CaptureReport *report = mmap(NULL, sizeof *report, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    bool done = false;
    if (attempt == NULL || report == MAP_FAILED) {
        say("no memory for a snapshot");
    } else {
        attempt->listener = &listener;
        pthread_mutex_lock(&watcher.lock);
        attempt->settings = watcher.settings;
        attempt->sequence = ++watcher.sequence;
        attempt->bounds = watcher.bounds;
        attempt->last_graph_bytes = watcher.last_graph_bytes;
        attempt->last_rss = watcher.last_rss;
        attempt->crash_after = watcher.crash_after;
        watcher.crash_after = 0;
        pthread_mutex_unlock(&watcher.lock);
        attempt->requests = watcher_counts_requests ? watcher_requests_served : NOT_COUNTED;
        attempt->ticket = ticket;
        attempt->request = *request;
        watcher.said_busy = false;
        done = attempt_run(attempt, report);
        attempt_answer(attempt, done);
    }
    if (done) {
        const char *note = attempt->order.note;
        say("wrote %s/%s" SUMMARY_SUFFIX " (%llu objects, paused %.1f ms)%s%s", attempt->request.directory, attempt->order.stem,
            (unsigned long long)report->totals.objects, (double)report->pause_ns / 1e6, note[0] != '\0' ? "; " : "", note);
        if (report->heap_bytes > 0) {
            watcher.last_graph_bytes = report->heap_bytes;
            watcher.last_rss = attempt->order.memory.rss;
        }
    } else if (attempt != NULL) {
        say("no snapshot: %s", attempt->error);
    }
    record_result(attempt, report, done); /* last of all: who polls the status must find nothing left open */
    if (report != MAP_FAILED) {
        munmap(report, sizeof *report);
    }
    free(attempt);
}

static bool next_request(CaptureRequest *request, unsigned *ticket)
{
    bool found = false;
    pthread_mutex_lock(&watcher.lock);
    if (watcher.slot_filled) {
        *request = watcher.slot;
        watcher.slot_filled = false;
        *ticket = watcher.status.ticket;
        found = true;
    } else if (handler_take_pending() > 0) {
        memset(request, 0, sizeof *request);
        memcpy(request->trigger, "signal", 7);
        request->wish_left = true;
        request->wish.graph = true;
        *ticket = ++watcher.status.ticket;
        watcher.status.state = STATE_RUNNING;
        watcher.status.objects_so_far = 0;
        found = true;
    }
    pthread_mutex_unlock(&watcher.lock);
    return found;
}

static void capture_by_rule(CaptureRequest *request, const char *trigger, unsigned deadline_s)
{
    memset(request, 0, sizeof *request);
    strcpy(request->trigger, trigger);
    request->wish.graph = true;
    request->deadline_s = deadline_s;
    pthread_mutex_lock(&watcher.lock);
    bool free = watcher.status.state != STATE_RUNNING; /* else a request came in between, and goes first */
    unsigned ticket = free ? ++watcher.status.ticket : 0;
    if (free) {
        watcher.status.state = STATE_RUNNING;
        watcher.status.objects_so_far = 0;
    }
    pthread_mutex_unlock(&watcher.lock);
    if (free) {
        capture_once(request, ticket);
        triggers_answered(&watcher.triggers, monotonic_ns(), watcher_requests_served);
    }
}

static void begin_rules(void)
{
    pthread_mutex_lock(&watcher.lock);
    bool changed = watcher.rules_changed;
    TriggerRules rules = watcher.rules;
    uint64_t requests = watcher.rules_since_requests;
    watcher.rules_changed = false;
    pthread_mutex_unlock(&watcher.lock);
    if (changed) {
        triggers_begin(&watcher.triggers, &rules, monotonic_ns(), requests);
    }
}

static bool obey_rules(CaptureRequest *request)
{
    begin_rules();
    if (ending_is_near()) {
        if (triggers_allow_exit(&watcher.triggers, monotonic_ns())) {
            capture_by_rule(request, "exit", watcher.triggers.rules.exit_s);
        }
        ending_answered();
        return true;
    }
    const char *due = triggers_due(&watcher.triggers, monotonic_ns(), watcher_requests_served);
    if (due != NULL) {
        capture_by_rule(request, due, 0);
    }
    return due != NULL;
}

/* Until somebody asks, a server may have reset the handler, or a rule may be due. */
static void rest(void)
{
    uint64_t now = monotonic_ns();
    unsigned wait_ms = triggers_wait_ms(&watcher.triggers, now);
    if (now < atomic_load(&watcher.guard_until_ns)) {
        handler_repair();
        unsigned often_ms = now < atomic_load(&watcher.guard_often_until_ns) ? TICK_MS : GUARD_MS;
        wait_ms = wait_ms == 0 || often_ms < wait_ms ? often_ms : wait_ms;
    }
    sleep_until_woken(wait_ms);
}

static void *watch(void *unused)
{
    static CaptureRequest request;
    unsigned ticket;
    (void)unused;
    while (!atomic_load(&watcher.stopping)) {
        if (next_request(&request, &ticket)) {
            capture_once(&request, ticket);
        } else if (!obey_rules(&request)) {
            rest();
        }
    }
    return NULL;
}

/* The lock may be held by a thread that does not exist in the child. */
static void free_lock(void)
{
    pthread_mutex_init(&watcher.lock, NULL);
}

int watcher_prepare(void)
{
    return pthread_atfork(NULL, NULL, free_lock);
}

/* After a fork the thread is gone. */
static void forget_parent(void)
{
    memset(&watcher.status, 0, sizeof watcher.status);
    watcher.slot_filled = false;
    watcher.sequence = 0;
    watcher.crash_after = 0;
    atomic_store(&watcher.guard_until_ns, 0);
    handler_take_pending();
    watcher_requests_served = 0;
    watcher.last_graph_bytes = watcher.last_rss = 0;
    ending_forget();
    if (watcher.rules.exit_s > 0) {
        ending_watch(watcher.rules.exit_s);
    }
}

int watcher_start(void)
{
    pthread_attr_t attributes;
    sigset_t all, before;
    if (watcher_is_here()) {
        return 0;
    }
    if (wake_process() != 0) {
        forget_parent();
    }
    atomic_store(&watcher.stopping, false);
    watcher.rules_changed = true;
    watcher.rules_since_requests = watcher_requests_served;
    message_begin();
    wake_prepare();
    if (pthread_attr_init(&attributes) != 0) {
        return ENOMEM;
    }
    pthread_attr_setstacksize(&attributes, STACK_BYTES);
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    int error = pthread_create(&watcher.thread, &attributes, watch, NULL);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    pthread_attr_destroy(&attributes);
    wake_assign(error == 0 ? getpid() : 0);
    if (error == 0) {
        pthread_setname_np(watcher.thread, "heapdiff");
        handler_adopt();
    }
    return error;
}

void watcher_stop(void)
{
    handler_give_back();
    ending_forget();
    if (watcher_is_here()) {
        atomic_store(&watcher.stopping, true);
        watcher_wake();
        pthread_join(watcher.thread, NULL);
    }
    wake_assign(0);
}

unsigned watcher_request(const CaptureRequest *request)
{
    unsigned ticket = 0;
    pthread_mutex_lock(&watcher.lock);
    if (watcher.status.state != STATE_RUNNING && !watcher.slot_filled) {
        watcher.slot = *request;
        watcher.slot_filled = true;
        watcher.status.state = STATE_RUNNING;
        watcher.status.objects_so_far = 0;
        ticket = ++watcher.status.ticket;
    } else {
        watcher.status.refused++;
    }
    pthread_mutex_unlock(&watcher.lock);
    if (ticket != 0) {
        watcher_wake();
    }
    return ticket;
}

void watcher_status(WatcherStatus *status)
{
    pthread_mutex_lock(&watcher.lock);
    *status = watcher.status;
    pthread_mutex_unlock(&watcher.lock);
}

void watcher_configure(const CaptureSettings *settings)
{
    char *before = NULL;
    pthread_mutex_lock(&watcher.lock);
    if (watcher.status.state != STATE_RUNNING) {
        before = watcher.settings.argv_json;
    }
    watcher.settings = *settings;
    pthread_mutex_unlock(&watcher.lock);
    free(before);
}

void watcher_bound(const CaptureBounds *bounds)
{
    pthread_mutex_lock(&watcher.lock);
    watcher.bounds = *bounds;
    pthread_mutex_unlock(&watcher.lock);
}

void watcher_automate(const TriggerRules *rules)
{
    pthread_mutex_lock(&watcher.lock);
    bool changed = memcmp(&watcher.rules, rules, sizeof *rules) != 0;
    watcher.rules = *rules;
    if (changed) {
        watcher.rules_changed = true;
        watcher.rules_since_requests = watcher_requests_served;
    }
    pthread_mutex_unlock(&watcher.lock);
    ending_watch(rules->exit_s);
    if (changed && watcher_is_here()) {
        watcher_wake();
    }
}

void watcher_crash_after(uint64_t records)
{
    watcher.crash_after = records;
}
