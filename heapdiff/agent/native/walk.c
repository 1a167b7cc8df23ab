#define _GNU_SOURCE
#include "walk.h"

#include <setjmp.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "parts.h"
#include "roots.h"

enum { OBJECTS_SECTION = 1 << 20, FAULTS_MOST = 10000, FAULTS_OF_ONE_TYPE = 100, FAULT_STACK = 1 << 16 };

static Walk *active;

int walk_prepare(void)
{
    return tables_prepare();
}

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

Walk *walk_new(HeapFile *file, WalkOptions options)
{
    Walk *walk = memory_map(sizeof *walk);
    if (walk == NULL) {
        return NULL;
    }
    walk->file = file;
    walk->options = options;
    walk->header_bytes = SIZE_MAX;
    if (!tables_init(&walk->tables, file) || !section_init(&walk->objects, file, "OBJS", OBJECTS_SECTION)
        || !section_init(&walk->roots, file, "ROOT", 1 << 16) || !section_init(&walk->bounds, file, "BNDS", 1 << 16)
        || (options.values && !values_init(&walk->values, file)) || !address_set_init(&walk->seen) || !pointer_map_init(&walk->borrowed, 64)
        || !pile_init(&walk->stack, sizeof(Pending), 1 << 12)) {
        return NULL;
    }
    walk->objects.on_flush = forget_previous;
    walk->objects.context = walk;
    return walk;
}

static uint32_t own_name(Walk *walk, PyObject *object, uint32_t parts)
{
    if (parts & PART_FUNCTION) {
        return code_name(&walk->tables, ((PyFunctionObject *)object)->func_qualname);
    }
    if (parts & PART_MODULE) {
        return code_name(&walk->tables, ((PyModuleObject *)object)->md_name);
    }
    if (parts & PART_CODE) {
        return code_name(&walk->tables, ((PyCodeObject *)object)->co_qualname);
    }
    if (parts & PART_GENERATOR) {
        return code_name(&walk->tables, ((PyGenObject *)object)->gi_qualname);
    }
    if (parts & PART_TYPE && ((PyTypeObject *)object)->tp_flags & Py_TPFLAGS_HEAPTYPE) {
        return code_name(&walk->tables, ((PyHeapTypeObject *)object)->ht_qualname);
    }
    return 0;
}

static void walk_object(Walk *walk, PyObject *object, uint64_t resume)
{
    TypeInfo *info = type_info(&walk->tables, Py_TYPE(object));
    if (info == NULL) {
        walk->failed = true;
        return;
    }
    uint32_t parts = info->parts;
    PyFrameObject *suspended = NULL;
    begin(walk, object, info, 0);
    if (resume != 0) {
        walk->header_done = true;
    } else {
        const uint32_t named = PART_FUNCTION | PART_MODULE | PART_CODE | PART_GENERATOR | PART_TYPE;
        walk->name = parts & named ? own_name(walk, object, parts) : 0;
        walk->known_count = 0;
        if (info->bound_offset != 0) {
            put_bound(walk, object, info->bound_offset);
        }
        if (parts & PART_FIELDS) {
            walk_fields(walk, object);
        }
        if (parts & PART_MANAGED) {
            walk_managed(walk, object);
        }
        if (parts & PART_TAIL_DICT) {
            walk_tail_dict(walk, object);
        }
        if (parts & PART_TYPE) {
            walk_type(walk, (PyTypeObject *)object);
        } else if (parts & PART_CODE) {
            walk_code(walk, (PyCodeObject *)object);
        } else if (parts & PART_GENERATOR) {
            walk_generator(walk, (PyGenObject *)object);
        } else if (parts & PART_FRAME) {
            walk_frame_object(walk, (PyFrameObject *)object);
        } else if (parts & PART_WEAKREF) {
            walk_weakref(walk, (PyWeakReference *)object);
        } else if (parts & PART_ARRAY) {
            walk_array(walk, object);
        }
        if (info->greenlet_frame != NULL) {
            suspended = greenlet_frame(walk, object);
            named_edge(walk, (PyObject *)suspended, EDGE_ATTRIBUTE, "gr_frame");
        }
        if (parts & PART_TRAVERSE) {
            walk_traverse(walk, object);
        }
    }
    if (walk_sequence(walk, object, resume)) {
        return;
    }
    if (walk->edge_count > 0 || !walk->header_done) {
        flush_record(walk);
    }
    if (parts & PART_CODE) {
        write_declaration(walk, (PyCodeObject *)object);
    }
    if (suspended != NULL) {
        walk_suspended(walk, suspended);
    }
}

void drain(Walk *walk)
{
    while (walk->stack.count > 0 && !walk->failed) {
        Pending next = ((Pending *)walk->stack.items)[--walk->stack.count];
        walk_object(walk, next.object, next.resume);
    }
}

static int no_traverse(PyObject *object, visitproc visit_unused, void *context)
{
    (void)object;
    (void)visit_unused;
    (void)context;
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
            if (at == NULL || address_set_add(&walk->seen, (uintptr_t)gc_object(at)) < 0) {
                return false;
            }
        }
    }
    return true;
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
            walk_object(walk, object, 0);
            drain(walk);
        }
    }
}

static void on_fault(int number)
{
    (void)number;
    if (active == NULL) {
        _exit(111);
    }
    siglongjmp(active->fault_point, 1);
}

static void catch_faults(void)
{
    static char stack[FAULT_STACK];
    stack_t alternate = {.ss_sp = stack, .ss_size = sizeof stack};
    struct sigaction action = {.sa_handler = on_fault, .sa_flags = SA_ONSTACK | SA_NODEFER};
    const int faults[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT};
    sigset_t set;
    sigaltstack(&alternate, NULL);
    sigemptyset(&set);
    for (size_t i = 0; i < sizeof faults / sizeof faults[0]; i++) {
        sigaction(faults[i], &action, NULL);
        sigaddset(&set, faults[i]);
    }
    sigprocmask(SIG_UNBLOCK, &set, NULL);
}

/* An object whose own C code crashed while it was read: keep its header, drop what it refers to, go on. */
static void recover(Walk *walk)
{
    walk->objects.used = walk->record_start;
    walk->previous_address = walk->record_previous;
    walk->edge_count = 0;
    if (walk->header_bytes != SIZE_MAX) {
        walk->header_bytes = SIZE_MAX;
        walk->header_done = false;
    }
    if (walk->sizing) {
        walk->info->size_kind = SIZE_FIXED;
        walk->sizing = false;
    }
    if (++walk->info->faults == FAULTS_OF_ONE_TYPE) {
        walk->info->parts &= ~(uint32_t)PART_TRAVERSE;
        walk->info->greenlet_frame = NULL;
    }
    if (++walk->totals.faults > FAULTS_MOST) {
        walk->failed = true;
    } else if (walk->object != NULL && !walk->header_done) {
        flush_record(walk);
    }
}

bool walk_heap(Walk *walk, PyInterpreterState *interp)
{
    walk->interp = interp;
    walk->interned = interned_strings(interp);
    active = walk;
    silence_base_traverse();
    walk->frame_type = make_bare_type(&walk->tables, "running frame", TYPE_PSEUDO);
    if (walk->frame_type == NULL || !mark_tracked(walk, interp)) {
        return false;
    }
    volatile int stage = 0;
    catch_faults();
    if (sigsetjmp(walk->fault_point, 1) != 0) {
        recover(walk);
    }
    if (stage == 0) {
        stage = 1;
        walk_roots(walk, interp);
    }
    drain(walk);
    walk_lists(walk);
    walk_static_types(walk);
    active = NULL;
    write_names(walk);
    if (walk->options.progress != NULL) {
        walk->options.progress->objects = walk->totals.records;
    }
    return !walk->failed && section_flush(&walk->objects) && tables_flush(&walk->tables)
        && section_flush(&walk->roots) && section_flush(&walk->bounds)
        && (!walk->options.values || values_flush(&walk->values));
}
