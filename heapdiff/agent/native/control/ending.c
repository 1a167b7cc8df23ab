#define _GNU_SOURCE
#include "control/ending.h"

#include <signal.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>
#include <unistd.h>

#include "control/wake.h"
#include "platform/clock.h"

enum { POLL_NS = 5000000 };

static _Atomic pid_t watched_pid;
static _Atomic unsigned limit;
static atomic_bool near, answered, by_signal;
static timer_t last_call;

static void die_of(int number)
{
    struct sigaction plain = {.sa_handler = SIG_DFL};
    sigaction(number, &plain, NULL);
    kill(getpid(), number);
}

/* The first signal asks for the snapshot; a second one, or the timer's after the limit, ends the process as if nobody
   had caught the first. */
static void on_end(int number)
{
    if (atomic_load(&watched_pid) != getpid() || atomic_exchange(&by_signal, true)) {
        die_of(number);
        return;
    }
    struct itimerspec once = {.it_value = {.tv_sec = (time_t)atomic_load(&limit)}};
    timer_settime(last_call, 0, &once, NULL);
    atomic_store(&near, true);
    watcher_wake();
}

static bool is_ours(const struct sigaction *action)
{
    return !(action->sa_flags & SA_SIGINFO) && action->sa_handler == on_end;
}

static void catch_signal(void)
{
    struct sigaction now, ours = {.sa_handler = on_end, .sa_flags = SA_RESTART | SA_ONSTACK};
    struct sigevent again = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGTERM};
    sigfillset(&ours.sa_mask);
    if (sigaction(SIGTERM, NULL, &now) != 0 || (now.sa_flags & SA_SIGINFO) || now.sa_handler != SIG_DFL) {
        return;
    }
    if (timer_create(CLOCK_MONOTONIC, &again, &last_call) == 0) {
        sigaction(SIGTERM, &ours, NULL);
    }
}

static void give_signal_back(void)
{
    struct sigaction now, plain = {.sa_handler = SIG_DFL};
    if (sigaction(SIGTERM, NULL, &now) == 0 && is_ours(&now)) {
        sigaction(SIGTERM, &plain, NULL);
        if (atomic_load(&watched_pid) == getpid()) {
            timer_delete(last_call);
        }
    }
}

/* A fork copies the handler but no timer, so a child starts anew. */
void ending_watch(unsigned limit_s)
{
    bool known = atomic_load(&watched_pid) == getpid();
    if (!known) {
        ending_forget();
    }
    atomic_store(&limit, limit_s);
    if (limit_s > 0 && !known) {
        catch_signal();
        atomic_store(&watched_pid, getpid());
    } else if (limit_s == 0 && known) {
        give_signal_back();
        atomic_store(&watched_pid, 0);
    }
}

void ending_wait(void)
{
    const struct timespec moment = {.tv_nsec = POLL_NS};
    uint64_t until = monotonic_ns() + (uint64_t)atomic_load(&limit) * 1000000000u;
    if (atomic_load(&limit) == 0 || atomic_load(&watched_pid) != getpid() || !watcher_is_here()) {
        return;
    }
    atomic_store(&answered, false);
    atomic_store(&near, true);
    watcher_wake();
    while (!atomic_load(&answered) && monotonic_ns() < until) {
        nanosleep(&moment, NULL);
    }
}

bool ending_is_near(void)
{
    return atomic_load(&near);
}

void ending_answered(void)
{
    atomic_store(&near, false);
    atomic_store(&answered, true);
    if (atomic_load(&by_signal)) {
        die_of(SIGTERM);
    }
}

void ending_forget(void)
{
    give_signal_back();
    atomic_store(&watched_pid, 0);
    atomic_store(&near, false);
    atomic_store(&answered, false);
    atomic_store(&by_signal, false);
}
