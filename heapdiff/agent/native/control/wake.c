#define _GNU_SOURCE
#include "control/wake.h"

#include <errno.h>
#include <semaphore.h>
#include <time.h>
#include <unistd.h>

#include "platform/clock.h"

static sem_t wakes;
static pid_t watched;

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
