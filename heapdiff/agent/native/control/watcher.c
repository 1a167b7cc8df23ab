#define _GNU_SOURCE
#include "control/watcher.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "capture/attempt.h"
#include "control/ending.h"
#include "control/handler.h"
#include "control/status.h"
#include "control/triggers.h"
#include "control/wake.h"
#include "directory/stem.h"
#include "platform/clock.h"
#include "platform/message.h"

enum { STACK_BYTES = 1 << 20, TICK_MS = 20, GUARD_MS = 250, SOON_S = 1 };

static struct {
    pthread_t thread;
    atomic_bool stopping;
    bool said_busy;            /* during this capture */
    unsigned sequence;
    Triggers triggers;
    CaptureHistory history;
    _Atomic uint64_t guard_until_ns, guard_often_until_ns;
} watcher;

void watcher_guard_handler(double seconds)
{
    uint64_t now = monotonic_ns();
    atomic_store(&watcher.guard_until_ns, now + (uint64_t)(seconds * 1e9));
    atomic_store(&watcher.guard_often_until_ns, now + (uint64_t)SOON_S * 1000000000u);
    watcher_wake();
}

/* A signal gets no other answer than the line, once a capture. */
static void refuse_signals(void)
{
    unsigned refused = handler_take_pending();
    status_refuse(refused);
    if (refused > 0 && !watcher.said_busy) {
        say("a snapshot is being taken already; ask again when it is done");
        watcher.said_busy = true;
    }
}

static void follow(const Attempt *attempt, const CaptureReport *report)
{
    sleep_until_woken(TICK_MS);
    if (!report->appears) { /* who saw the file may ask again while the child still ends */
        refuse_signals();
    }
    status_progress(report->progress.objects);
}

static void capture_once(const CaptureRequest *request)
{
    static const Listener listener = {status_announce, follow};
    Attempt *attempt = calloc(1, sizeof *attempt);
    CaptureReport *report = mmap(NULL, sizeof *report, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    bool done = false;
    if (attempt != NULL && report == MAP_FAILED) {
        strcpy(attempt->error, "no memory for its report");
    } else if (attempt != NULL) {
        attempt->listener = &listener;
        status_fill(attempt);
        attempt->sequence = ++watcher.sequence;
        attempt->history = watcher.history;
        attempt->request = *request;
        watcher.said_busy = false;
        done = attempt_run(attempt, report);
        watcher.history = attempt->history;
    }
    if (done) {
        const char *note = attempt->order.note;
        say("wrote %s/%s" SUMMARY_SUFFIX " (%llu objects, paused %.1f ms)%s%s", attempt->request.directory, attempt->order.stem,
            (unsigned long long)report->totals.objects, (double)report->pause_ns / 1e6, note[0] != '\0' ? "; " : "", note);
    } else {
        say("no snapshot: %s", attempt != NULL ? attempt->error : "no memory");
    }
    status_end(attempt, report, done); /* last of all: who polls the status must find nothing left open */
    if (report != MAP_FAILED) {
        munmap(report, sizeof *report);
    }
    free(attempt);
}

static void capture_by_rule(CaptureRequest *request, const char *trigger, unsigned deadline_s)
{
    memset(request, 0, sizeof *request);
    strcpy(request->trigger, trigger);
    request->wish.graph = true;
    request->deadline_s = deadline_s;
    uint64_t requests = watcher_requests_served; /* those that come meanwhile count for the next */
    if (status_begin()) { /* else a request came in between, and goes first */
        capture_once(request);
        triggers_answered(&watcher.triggers, monotonic_ns(), requests);
    }
}

static bool obey_rules(CaptureRequest *request)
{
    TriggerRules rules;
    uint64_t requests;
    if (status_take_rules(&rules, &requests)) {
        triggers_begin(&watcher.triggers, &rules, monotonic_ns(), requests);
    }
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
    while (!atomic_load(&watcher.stopping)) {
        if (status_take_request(&request)) {
            capture_once(&request);
        } else if (!obey_rules(&request)) {
            rest();
        }
    }
    return NULL;
}

/* After a fork the thread is gone. */
static void forget_parent(void)
{
    status_forget();
    watcher.sequence = 0;
    atomic_store(&watcher.guard_until_ns, 0);
    watcher.history = (CaptureHistory){0};
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
    status_renew_rules();
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
