#define _GNU_SOURCE
#include "walk/walk.h"

#include "platform/faults.h"
#include "types/types.h"
#include "walk/record.h"
#include "walk/roots.h"
#include "walk/visit.h"

enum {
    OBJECTS_SECTION = 1 << 18, /* in the processor's cache still when its checksum is taken */
    AHEAD_BYTES = 1024,        /* there often lies what the collector lists next */
};

WalkTotals walk_totals(const Walk *walk)
{
    return walk->totals;
}

Tables *walk_tables(Walk *walk)
{
    return &walk->tables;
}

static void forget_previous(void *context)
{
    ((Walk *)context)->previous_address = 0;
}

static void forget_previous_idle(void *context)
{
    ((Walk *)context)->previous_idle = 0;
}

Walk *walk_new(HeapFile *file, WalkOptions options)
{
    Walk *walk = memory_map(sizeof *walk);
    if (walk == NULL) {
        return NULL;
    }
    walk->file = file;
    walk->options = options;
    walk->header_bytes = SIZE_MAX;
    walk->header_done = true;
    if (!tables_init(&walk->tables, file) || !section_init(&walk->objects, file, "OBJS", OBJECTS_SECTION)
        || !section_init(&walk->roots, file, "ROOT", 1 << 16) || !section_init(&walk->bounds, file, "BNDS", 1 << 16)
        || !section_init(&walk->modules, file, "MODS", 1 << 16) || !section_init(&walk->idle, file, "IDLE", 1 << 16)
        || !section_init(&walk->views, file, "VIEW", 1 << 16) || !facts_init(&walk->facts, file)
        || (options.values && !values_init(&walk->values, file)) || (options.hashes && !hashes_init(&walk->hashes, file))
        || !address_set_init(&walk->seen) || !pointer_map_init(&walk->borrowed, 64)
        || !pile_init(&walk->stack, sizeof(Pending), 1 << 12) || !pile_init(&walk->frames, sizeof(Frame *), 1 << 9)) {
        return NULL;
    }
    walk->tables.hashed = walk->hashes.on;
    walk->objects.on_flush = forget_previous;
    walk->objects.context = walk;
    walk->idle.on_flush = forget_previous_idle;
    walk->idle.context = walk;
    return walk;
}

static int no_traverse(PyObject *object, visitproc visit_unused, void *context)
{
    return 0;
}

/* The built-in containers are walked here with their keys and indexes; C subclasses call these slots for their base
   part, which must not come a second time. Only this process's copy changes. */
static void silence_base_traverse(void)
{
    PyDict_Type.tp_traverse = no_traverse;
    PyList_Type.tp_traverse = no_traverse;
    PyTuple_Type.tp_traverse = no_traverse;
    PySet_Type.tp_traverse = no_traverse;
    PyFrozenSet_Type.tp_traverse = no_traverse;
#if PY_VERSION_HEX >= 0x030F0000
    PyFrozenDict_Type.tp_traverse = no_traverse;
#endif
}

static bool mark_tracked(Walk *walk, PyInterpreterState *interp)
{
    for (int list = 0; list < GC_LISTS; list++) {
        PyGC_Head *head = gc_list(interp, list);
        for (PyGC_Head *at = gc_next(head); at != head; at = gc_next(at)) {
            __builtin_prefetch((char *)at + AHEAD_BYTES);
            if (at == NULL || address_set_add(&walk->seen, (uintptr_t)gc_object(at)) < 0) {
                return false;
            }
        }
    }
    return true;
}

static void count_object(Walk *walk, PyObject *object)
{
    TypeInfo *info = type_info(&walk->tables, Py_TYPE(object));
    if (info == NULL) {
        walk->failed = true;
        return;
    }
    walk->leaves[walk->leaf_count].object = object;
    walk->leaves[walk->leaf_count++].info = info;
    write_leaves(walk);
}

static void walk_lists(Walk *walk)
{
    for (; walk->list_index < GC_LISTS; walk->list_index++, walk->list_at = NULL) {
        PyGC_Head *head = gc_list(walk->interp, walk->list_index);
        if (walk->list_at == NULL) {
            walk->list_at = gc_next(head);
        }
        while (walk->list_at != head && !walk->failed) {
            PyObject *object = gc_object(walk->list_at);
            walk->list_at = gc_next(walk->list_at);
            __builtin_prefetch(walk->list_at);
            if (walk->options.tracked_only) {
                count_object(walk, object);
            } else {
                walk_object(walk, object, 0);
                drain(walk);
            }
        }
    }
}

/* Each object is taken off its list before it is read, so a crash ends this step and the next one goes on behind it. */
static void walk_rest(Walk *walk, void *unused)
{
    finish_record(walk);
    drain(walk);
    walk_lists(walk);
    if (!walk->options.tracked_only) {
        walk_static_types(walk);
        walk_sampled_code(walk);
    }
}

static void begin_joins(Walk *walk, void *unused)
{
    joins_begin(&walk->joins, walk->file, &walk->tables.names, walk->interp, walk->options.captured_ns);
}

static void join_rest(Walk *walk, void *unused)
{
    joins_rest(&walk->joins);
}

bool walk_heap(Walk *walk, PyInterpreterState *interp)
{
    walk->interp = interp;
    walk->interned = interned_strings(interp);
    silence_base_traverse();
    walk->frame_type = make_bare_type(&walk->tables, "running frame", TYPE_PSEUDO);
    if (walk->frame_type == NULL || (!walk->options.tracked_only && !mark_tracked(walk, interp))) {
        return false;
    }
    catch_faults(&walk->guard);
    if (walk->options.graph && !guarded(walk, begin_joins, NULL)) {
        guarded(walk, begin_joins, NULL); /* now without what it crashed at, tracemalloc's tables */
    }
    if (!walk->options.tracked_only) {
        walk_roots(walk);
    }
    while (!guarded(walk, walk_rest, NULL) && !walk->failed) {
    }
    while (!guarded(walk, join_rest, NULL) && !walk->failed) {
    }
    write_names(walk);
    if (walk->options.progress != NULL) {
        walk->options.progress->objects = walk->totals.records;
    }
    return !walk->failed && section_flush(&walk->objects) && tables_flush(&walk->tables)
        && joins_flush(&walk->joins) && section_flush(&walk->roots) && section_flush(&walk->bounds)
        && section_flush(&walk->modules) && section_flush(&walk->idle) && section_flush(&walk->views)
        && facts_flush(&walk->facts) && hashes_end(&walk->hashes) && (!walk->options.values || values_flush(&walk->values));
}
