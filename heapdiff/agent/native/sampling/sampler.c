#define _GNU_SOURCE
#include "sampling/sampler.h"

#include <limits.h>
#include <pthread.h>
#include <stdatomic.h>
#include <unistd.h>

#include "cpython/internals.h"
#include "platform/clock.h"
#include "sampling/call_stacks.h"
#include "sampling/hook.h"
#include "sampling/samples.h"

enum { RELEASED_MOST = 1 << 14, TICKS_BETWEEN = 30 };

static uint64_t since_ns;
static atomic_bool on; /* not forgotten yet; its time may be over */
static bool prepared;
static unsigned ticks;

static void vary_in_child(void)
{
    hook_vary((uint64_t)getpid());
}

/* The interpreter ended: the allocators go on, but all code is gone. */
static void end(void)
{
    hook_set(0, 0);
    on = false;
    samples_clear();
    stacks_forget();
}

static bool prepare(void)
{
    if (!prepared) {
        prepared = samples_prepare() && stacks_prepare() && pthread_atfork(NULL, NULL, vary_in_child) == 0 && Py_AtExit(end) == 0;
        hook_vary(monotonic_ns() ^ (uint64_t)getpid());
    }
    return prepared;
}

const char *sampling_start(uint64_t interval, uint64_t seconds)
{
    uint64_t until_ns = seconds == 0 ? 0 : monotonic_ns() + seconds * 1000000000u;
    if (PyThreadState_Get()->interp != PyInterpreterState_Main()) {
        return "only the main interpreter can be sampled";
    }
    if (on && hook_state()->interval == interval && hook_is_in()) {
        hook_extend(until_ns);
        return NULL;
    }
    if (!prepare()) {
        return "no memory for samples";
    }
    sampling_stop();
    if (!hook_insert()) {
        hook_leave();
        return "the allocators of this process were replaced too often";
    }
    since_ns = monotonic_ns();
    on = true;
    hook_set(interval, until_ns);
    return NULL;
}

void sampling_stop(void)
{
    if (on) {
        on = false;
        hook_set(0, 0);
        samples_clear();
        hook_leave();
        stacks_release(UINT_MAX);
    }
}

void sampling_tick(void)
{
    uint64_t until_ns = hook_state()->until_ns;
    if (on && until_ns != 0 && monotonic_ns() >= until_ns) {
        sampling_stop();
    } else if (on && !hook_is_in()) { /* blocks were freed unseen */
        samples_clear();
        if (!hook_insert()) {
            sampling_stop();
        }
    }
    if (++ticks % TICKS_BETWEEN == 0 || stacks_are_short()) { /* most come again soon */
        stacks_release(RELEASED_MOST);
    }
}

bool sampling_needs_care(void)
{
    return on;
}

SamplingState sampling_state(void)
{
    const Hook *hook = hook_state();
    uint64_t now = monotonic_ns(), until = hook->until_ns;
    uint64_t seconds_left = until == 0 ? 0 : until > now ? (until - now) / 1000000000u + 1 : 1;
    return (SamplingState){on && hook->interval != 0, hook->interval, since_ns, seconds_left, hook->taken, hook->lost,
                           samples_count()};
}
