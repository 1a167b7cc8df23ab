#include "cpython/collector.h"

#include "cpython/internals.h"

enum { FROZEN = GC_LISTS - 1 };

static int threshold_of(PyInterpreterState *interp, int generation)
{
    return ((struct gc_generation *)gc_list(interp, generation))->threshold;
}

/* From 3.15 on each generation's last few collections are kept; the newest has the sums. */
static uint64_t collections_of(PyInterpreterState *interp, int generation)
{
#if PY_VERSION_HEX >= 0x030F0000
    const struct gc_stats *stats = interp->gc.generation_stats;
    if (stats == NULL) {
        return 0;
    }
    if (generation == 0) {
        return (uint64_t)stats->young.items[stats->young.index].collections;
    }
    const struct gc_old_stats_buffer *old = &stats->old[generation - 1];
    return (uint64_t)old->items[old->index].collections;
#else
    return (uint64_t)interp->gc.generation_stats[generation].collections;
#endif
}

static uint64_t count_frozen(PyInterpreterState *interp)
{
    uint64_t count = 0;
    PyGC_Head *head = gc_list(interp, FROZEN);
    for (PyGC_Head *at = gc_next(head); at != NULL && at != head; at = gc_next(at)) {
        count++;
    }
    return count;
}

CollectorState collector_state(void)
{
    PyInterpreterState *interp = PyInterpreterState_Main();
    CollectorState state = {.enabled = interp->gc.enabled != 0, .frozen = count_frozen(interp)};
    for (int generation = 0; generation < GENERATIONS; generation++) {
        state.thresholds[generation] = threshold_of(interp, generation);
        state.collections[generation] = collections_of(interp, generation);
    }
    return state;
}
