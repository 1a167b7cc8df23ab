#define _GNU_SOURCE
#include "watcher.h"

#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "attempt.h"
#include "handler.h"
#include "message.h"

enum { STACK_BYTES = 1 << 20, TICK_MS = 20, GUARD_MS = 250, SOON_S = 1 };

volatile uint64_t watcher_requests_served;
volatile bool watcher_counts_requests;

static struct {
    pthread_mutex_t lock;      /* guards settings, status, slot; held for copies only */
    pthread_t thread;
    sem_t wake;
    pid_t pid;                 /* the process whose thread runs; 0: none */
    atomic_bool stopping;
    WatcherSettings settings;
    WatcherStatus status;
    WatcherRequest slot;
    bool slot_filled;
    bool said_busy;            /* during this capture */
    unsigned sequence;
    uint64_t crash_after;
    _Atomic uint64_t guard_until_ns, guard_often_until_ns;
} watcher = {.lock = PTHREAD_MUTEX_INITIALIZER};

bool watcher_is_here(void)
{
    return watcher.pid == getpid();
}

void watcher_wake(void)
{
    sem_post(&watcher.wake);
}

void watcher_guard_handler(double seconds)
{
    uint64_t now = monotonic_ns();
    atomic_store(&watcher.guard_until_ns, now + (uint64_t)(seconds * 1e9));
    atomic_store(&watcher.guard_often_until_ns, now + (uint64_t)SOON_S * 1000000000u);
    watcher_wake();
}

static void sleep_until_woken(unsigned milliseconds)
{
    struct timespec until;
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_nsec += (long)milliseconds * 1000000;
    until.tv_sec += until.tv_nsec / 1000000000;
    until.tv_nsec %= 1000000000;
    while (sem_timedwait(&watcher.wake, &until) != 0 && errno == EINTR) {
    }
}

static void refuse_signals(void)
{
    unsigned refused = handler_take_pending();
    if (refused == 0) {
        return;
    }
    pthread_mutex_lock(&watcher.lock);
    watcher.status.refused += refused;
    pthread_mutex_unlock(&watcher.lock);
    if (!watcher.said_busy) {
        say("a snapshot is being taken already; ask again when it is done");
        watcher.said_busy = true;
    }
}

void watcher_announce(const char *stem)
{
    pthread_mutex_lock(&watcher.lock);
    strcpy(stpcpy(watcher.status.name, stem), ".json");
    pthread_mutex_unlock(&watcher.lock);
}

void watcher_tick(const CaptureReport *report)
{
    sleep_until_woken(TICK_MS);
    if (!report->done) { /* who saw the file may ask again while the child still ends */
        refuse_signals();
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
        snprintf(status->name, sizeof status->name, "%s.json", attempt->order.stem);
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

static void capture_once(const WatcherRequest *request, unsigned ticket)
{
    Attempt *attempt = calloc(1, sizeof *attempt);
    CaptureReport *report = mmap(NULL, sizeof *report, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    bool done = false;
    if (attempt == NULL || report == MAP_FAILED) {
        say("no memory for a snapshot");
    } else {
        pthread_mutex_lock(&watcher.lock);
        attempt->settings = watcher.settings;
        attempt->sequence = ++watcher.sequence;
        attempt->crash_after = watcher.crash_after;
        watcher.crash_after = 0;
        pthread_mutex_unlock(&watcher.lock);
        attempt->ticket = ticket;
        attempt->request = *request;
        watcher.said_busy = false;
        done = attempt_run(attempt, report);
        attempt_close(attempt, done);
    }
    if (done) {
        say("wrote %s/%s.json (%llu objects, paused %.1f ms)", attempt->request.directory, attempt->order.stem,
            (unsigned long long)report->totals.objects, (double)report->pause_ns / 1e6);
    } else if (attempt != NULL) {
        say("no snapshot: %s", attempt->error);
    }
    record_result(attempt, report, done); /* last of all: who polls the status must find nothing left open */
    if (report != MAP_FAILED) {
        munmap(report, sizeof *report);
    }
    free(attempt);
}

static bool next_request(WatcherRequest *request, unsigned *ticket)
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
        request->graph = true;
        *ticket = ++watcher.status.ticket;
        watcher.status.state = STATE_RUNNING;
        watcher.status.objects_so_far = 0;
        found = true;
    }
    pthread_mutex_unlock(&watcher.lock);
    return found;
}

static void *watch(void *unused)
{
    static WatcherRequest request;
    unsigned ticket;
    (void)unused;
    while (!atomic_load(&watcher.stopping)) {
        if (next_request(&request, &ticket)) {
            capture_once(&request, ticket);
            continue;
        }
        if (monotonic_ns() < atomic_load(&watcher.guard_until_ns)) {
            handler_repair();
            bool often = monotonic_ns() < atomic_load(&watcher.guard_often_until_ns);
            sleep_until_woken(often ? TICK_MS : GUARD_MS);
        } else {
            while (sem_wait(&watcher.wake) != 0 && errno == EINTR) {
            }
        }
    }
    return NULL;
}

/* After a fork the thread is gone, and the lock may be held by a thread that is gone too. */
static void forget_parent(void)
{
    pthread_mutex_init(&watcher.lock, NULL);
    memset(&watcher.status, 0, sizeof watcher.status);
    watcher.slot_filled = false;
    watcher.sequence = 0;
    watcher.crash_after = 0;
    atomic_store(&watcher.guard_until_ns, 0);
    handler_take_pending();
    watcher_requests_served = 0;
}

int watcher_start(void)
{
    pthread_attr_t attributes;
    sigset_t all, before;
    if (watcher.pid == getpid()) {
        return 0;
    }
    if (watcher.pid != 0) {
        forget_parent();
    }
    atomic_store(&watcher.stopping, false);
    sem_init(&watcher.wake, 0, 0);
    if (pthread_attr_init(&attributes) != 0) {
        return ENOMEM;
    }
    pthread_attr_setstacksize(&attributes, STACK_BYTES);
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    int error = pthread_create(&watcher.thread, &attributes, watch, NULL);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    pthread_attr_destroy(&attributes);
    watcher.pid = error == 0 ? getpid() : 0;
    if (error == 0) {
        pthread_setname_np(watcher.thread, "heapdiff");
        handler_adopt();
    }
    return error;
}

void watcher_stop(void)
{
    handler_give_back();
    if (watcher.pid == getpid()) {
        atomic_store(&watcher.stopping, true);
        sem_post(&watcher.wake);
        pthread_join(watcher.thread, NULL);
    }
    watcher.pid = 0;
}

unsigned watcher_request(const WatcherRequest *request)
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
        sem_post(&watcher.wake);
    }
    return ticket;
}

void watcher_status(WatcherStatus *status)
{
    pthread_mutex_lock(&watcher.lock);
    *status = watcher.status;
    pthread_mutex_unlock(&watcher.lock);
}

void watcher_configure(const WatcherSettings *settings)
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

void watcher_crash_after(uint64_t records)
{
    watcher.crash_after = records;
}
