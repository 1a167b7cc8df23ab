#define _GNU_SOURCE
#include "control/wake.h"

#include <errno.h>
#include <semaphore.h>
#include <time.h>
#include <unistd.h>

#include "platform/clock.h"

enum { ASIDE_MS = 20 };

static sem_t wakes;
static pid_t watched;

bool stays(Presence *wish)
{
    int aside = STEP_ASIDE;
    return !atomic_compare_exchange_strong(wish, &aside, GONE) && aside == STAY;
}

bool has_stepped_aside(pthread_t thread, Presence *wish)
{
    struct timespec until = monotonic_in(ASIDE_MS);
    int aside = STEP_ASIDE;
    if (pthread_clockjoin_np(thread, NULL, CLOCK_MONOTONIC, &until) == 0) {
        return true;
    }
    return !atomic_compare_exchange_strong(wish, &aside, STAY) && pthread_join(thread, NULL) == 0;
}

void wake_prepare(void)
{
    sem_init(&wakes, 0, 0);
}

void wake_assign(pid_t process)
{
    watched = process;
}

bool watcher_is_here(void)
{
    return watched == getpid();
}

void watcher_wake(void)
{
    sem_post(&wakes);
}

void sleep_until_woken(unsigned milliseconds)
{
    struct timespec until = monotonic_in(milliseconds);
    while ((milliseconds > 0 ? sem_clockwait(&wakes, CLOCK_MONOTONIC, &until) : sem_wait(&wakes)) != 0 && errno == EINTR) {
    }
}
