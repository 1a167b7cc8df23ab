#define _GNU_SOURCE
#include "control/watcher.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "capacity/history.h"
#include "capture/attempt.h"
#include "capture/calls.h"
#include "control/ending.h"
#include "control/errands.h"
#include "control/handler.h"
#include "control/status.h"
#include "control/triggers.h"
#include "control/wake.h"
#include "cpython/internals.h"
#include "directory/stem.h"
#include "platform/clock.h"
#include "platform/message.h"
#include "sampling/sampler.h"
#include "watching/assignment.h"

enum { STACK_BYTES = 1 << 20, TICK_MS = 20, GUARD_MS = 250, SOON_S = 1, MOMENT_MS = 200, SAMPLING_MS = 1000 };

static struct {
    pthread_t thread;
    pid_t process;             /* whose state this is; 0: nobody's yet */
    Presence wish;
    atomic_bool early;         /* the thread runs, but nothing else is set up: the process may be about to execute another program */
    bool (*settle)(void);
    bool said_busy;            /* during this capture */
    unsigned sequence;
    Triggers triggers;
    CaptureHistory history;
    _Atomic uint64_t guard_until_ns, guard_often_until_ns;
    uint64_t sampling_due_ns;
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
        say("a snapshot is already in progress; try again when it's done");
        watcher.said_busy = true;
    }
}

static void follow(const Attempt *attempt, const CaptureReport *report)
{
    sleep_until_woken(TICK_MS);
    errand_do();
    watching_tick();
    if (!report->appears) { /* who saw the file may ask again while the child still ends */
        refuse_signals();
    }
    status_progress(report->progress.objects);
}

static unsigned remember_memory(uint64_t now)
{
    return history_tick(now, requests_are_counted ? requests_served : NO_REQUESTS);
}

static void take_rules(void)
{
    TriggerRules rules;
    uint64_t requests;
    if (status_take_rules(&rules, &requests)) {
        triggers_begin(&watcher.triggers, &rules, monotonic_ns(), requests);
    }
}

static void capture_once(const CaptureRequest *request)
{
    static const Listener listener = {status_announce, status_forked, follow};
    static Attempt attempt; /* where memory is short, what fails must still be able to say so */
    bool done = false;
    memset(&attempt, 0, sizeof attempt);
    take_rules(); /* a request may come before the thread first looked at them */
    remember_memory(monotonic_ns()); /* the first may be due */
    CaptureReport *report = mmap(NULL, sizeof *report, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (report == MAP_FAILED) {
        snprintf(attempt.error, sizeof attempt.error, "cannot begin: %s", describe_error(errno));
    } else {
        attempt.listener = &listener;
        status_fill(&attempt);
        attempt.sequence = ++watcher.sequence;
        attempt.history = watcher.history;
        attempt.trigger_rss = watcher.triggers.threshold;
        attempt.request = *request;
        watcher.said_busy = false;
        done = attempt_run(&attempt, report);
        watcher.history = attempt.history;
    }
    if (done) {
        const char *note = attempt.order.note;
        say("wrote %s/%s" SUMMARY_SUFFIX " (%llu objects, paused %.1f ms)%s%s", attempt.request.directory, attempt.order.stem,
            (unsigned long long)report->totals.objects, (double)report->pause_ns / 1e6, note[0] != '\0' ? "; " : "", note);
    } else {
        say("no snapshot: %s", attempt.error);
    }
    status_end(&attempt, report != MAP_FAILED ? report : NULL, done); /* last of all: who polls the status must find nothing left open */
    if (report != MAP_FAILED) {
        munmap(report, sizeof *report);
    }
}

static void capture_by_rule(CaptureRequest *request, const char *trigger, unsigned deadline_s)
{
    memset(request, 0, sizeof *request);
    strcpy(request->trigger, trigger);
    request->wish.graph = true;
    request->deadline_s = deadline_s;
    uint64_t requests = requests_served; /* those that come meanwhile count for the next */
    if (status_begin()) { /* else a request came in between, and goes first */
        capture_once(request);
        triggers_answered(&watcher.triggers, monotonic_ns(), requests);
    }
}

static bool obey_rules(CaptureRequest *request)
{
    take_rules();
    if (ending_is_near()) {
        if (triggers_allow_exit(&watcher.triggers, monotonic_ns())) {
            capture_by_rule(request, "exit", watcher.triggers.rules.exit_s);
        }
        ending_answered();
        return true;
    }
    const char *due = triggers_due(&watcher.triggers, monotonic_ns(), requests_served);
    if (due != NULL) {
        capture_by_rule(request, due, 0);
    }
    return due != NULL;
}

static void look_after_sampler(void *unused)
{
    sampling_tick();
}

static unsigned sooner(unsigned left_ms, unsigned right_ms)
{
    return left_ms == 0 || right_ms < left_ms ? right_ms : left_ms;
}

/* Until somebody asks, a server may have reset the handler, or a rule may be due. */
static void rest(void)
{
    uint64_t now = monotonic_ns();
    unsigned wait_ms = triggers_wait_ms(&watcher.triggers, now), watch_ms = watching_tick();
    wait_ms = sooner(wait_ms, remember_memory(now));
    wait_ms = watch_ms > 0 ? sooner(wait_ms, watch_ms) : wait_ms;
    if (now < atomic_load(&watcher.guard_until_ns)) {
        handler_repair();
        wait_ms = sooner(wait_ms, now < atomic_load(&watcher.guard_often_until_ns) ? TICK_MS : GUARD_MS);
    }
    if (sampling_needs_care()) {
        if (now >= watcher.sampling_due_ns && !tracemalloc_is_tracing()) {
            with_gil(look_after_sampler, NULL);
            watcher.sampling_due_ns = now + SAMPLING_MS * 1000000ull;
        }
        wait_ms = sooner(wait_ms, SAMPLING_MS);
    }
    sleep_until_woken(wait_ms);
}

/* False when the thread is to end, for nobody has begun and `settle` did not either. */
static bool live_a_moment(void)
{
    uint64_t until = monotonic_ns() + MOMENT_MS * 1000000ull, now;
    while ((now = monotonic_ns()) < until && atomic_load(&watcher.early) && atomic_load(&watcher.wish) == STAY) {
        sleep_until_woken((unsigned)((until - now) / 1000000) + 1);
    }
    return !atomic_load(&watcher.early) || atomic_load(&watcher.wish) != STAY || watcher.settle();
}

static void *watch(void *unused)
{
    static CaptureRequest request;
    pthread_setname_np(pthread_self(), "heapdiff");
    while (stays(&watcher.wish)) {
        if (atomic_load(&watcher.early)) {
            if (!live_a_moment()) {
                break;
            }
        } else if (status_take_request(&request)) {
            capture_once(&request);
        } else if (!errand_do() && !obey_rules(&request)) {
            rest();
        }
    }
    if (atomic_load(&watcher.wish) == STOP) {
        watching_stop();
    }
    return NULL;
}

static int start_thread(void)
{
    pthread_attr_t attributes;
    sigset_t all, before;
    int error = pthread_attr_init(&attributes);
    if (error != 0) {
        return error;
    }
    atomic_store(&watcher.wish, STAY);
    wake_prepare();
    pthread_attr_setstacksize(&attributes, STACK_BYTES);
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    error = pthread_create(&watcher.thread, &attributes, watch, NULL);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    pthread_attr_destroy(&attributes);
    wake_assign(error == 0 ? getpid() : 0);
    return error;
}

/* After a fork the state is still the parent's. */
static void own_state(void)
{
    if (watcher.process != 0 && watcher.process != getpid()) {
        status_forget();
        errand_forget();
        history_forget();
        watcher.sequence = 0;
        atomic_store(&watcher.guard_until_ns, 0);
        watcher.history = (CaptureHistory){0};
    }
    watcher.process = getpid();
    status_renew_rules();
    message_begin();
}

int watcher_start(void)
{
    int error = 0;
    if (watcher_is_here() && !atomic_load(&watcher.early)) {
        return 0;
    }
    own_state();
    atomic_store(&watcher.early, false);
    if (watcher_is_here()) {
        watcher_wake();
    } else {
        error = start_thread();
    }
    if (error == 0) {
        handler_adopt();
    }
    return error;
}

void watcher_start_later(bool (*settle)(void))
{
    watcher.settle = settle;
    atomic_store(&watcher.early, true);
    start_thread();
}

bool watcher_give_up_early(void)
{
    bool early = atomic_load(&watcher.early) && atomic_load(&watcher.wish) != STOP;
    if (early) {
        pthread_detach(pthread_self());
        wake_assign(0);
    }
    return early;
}

void watcher_ask_aside(void)
{
    if (watcher_is_here() && !status_is_busy()) {
        atomic_store(&watcher.wish, STEP_ASIDE);
        watcher_wake();
    }
}

bool watcher_is_aside(void)
{
    bool aside = watcher_is_here() && atomic_load(&watcher.wish) != STAY && has_stepped_aside(watcher.thread, &watcher.wish);
    if (aside) {
        wake_assign(0);
    }
    return aside;
}

void watcher_come_back(void)
{
    if (!watcher_is_here()) {
        start_thread();
    }
}

void watcher_stop(void)
{
    handler_give_back();
    ending_forget();
    if (watcher_is_here()) {
        atomic_store(&watcher.wish, STOP);
        watcher_wake();
        pthread_join(watcher.thread, NULL);
    }
    wake_assign(0);
}
