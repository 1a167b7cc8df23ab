#define _GNU_SOURCE
#include "control/errands.h"

#include <stdatomic.h>
#include <string.h>
#include <time.h>

#include "control/wake.h"
#include "cpython/internals.h"
#include "platform/clock.h"

enum { NONE, SENT, TAKEN, DONE };
enum { PATIENCE_MS = 2000, LOOK_NS = 1000000 };

static struct {
    atomic_int state;
    void (*errand)(void *);
    char what[ERRAND_BYTES_MOST];
} slot;

bool with_gil(void (*what)(void *), void *context)
{
    if (interpreter_is_ending()) {
        return false;
    }
    PyGILState_STATE state = hold_gil();
    what(context);
    PyGILState_Release(state);
    return true;
}

ErrandEnd errand_send(void (*errand)(void *), void *what, size_t bytes)
{
    int state = atomic_load(&slot.state);
    if (state == SENT || state == TAKEN || bytes > sizeof slot.what) {
        return ERRAND_BUSY;
    }
    slot.errand = errand;
    memcpy(slot.what, what, bytes);
    atomic_store(&slot.state, SENT);
    watcher_wake();
    uint64_t last = monotonic_ns() + PATIENCE_MS * 1000000ull;
    while (atomic_load(&slot.state) != DONE) {
        if (monotonic_ns() >= last) {
            return ERRAND_LATER;
        }
        nanosleep(&(struct timespec){.tv_nsec = LOOK_NS}, NULL);
    }
    memcpy(what, slot.what, bytes);
    return ERRAND_DONE;
}

bool errand_do(void)
{
    int sent = SENT;
    if (!atomic_compare_exchange_strong(&slot.state, &sent, TAKEN)) {
        return false;
    }
    slot.errand(slot.what);
    atomic_store(&slot.state, DONE);
    return true;
}

void errand_forget(void)
{
    atomic_store(&slot.state, NONE);
}
