#define _GNU_SOURCE
#include "control/wake.h"

#include <time.h>
#include <unistd.h>

#include "platform/clock.h"
#include "platform/semaphore.h"

enum { ASIDE_MS = 20 };

static Semaphore wakes;
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
    if (await_thread(thread, &until)) {
        return true;
    }
    return !atomic_compare_exchange_strong(wish, &aside, STAY) && pthread_join(thread, NULL) == 0;
}

void wake_prepare(void)
{
    wakes = (Semaphore){0};
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
    semaphore_post(&wakes);
}

void sleep_until_woken(unsigned milliseconds)
{
    struct timespec until = monotonic_in(milliseconds);
    semaphore_await(&wakes, milliseconds > 0 ? &until : NULL);
}
