#define _GNU_SOURCE
#include "control/wake.h"

#include <time.h>
#include <unistd.h>

#include "platform/clock.h"
#include "platform/semaphore.h"

static Semaphore wakes;
static pid_t watched;

void wake_prepare(void)
{
    wakes = (Semaphore){0};
}

void wake_assign(pid_t process)
{
    watched = process;
}

pid_t wake_process(void)
{
    return watched;
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
