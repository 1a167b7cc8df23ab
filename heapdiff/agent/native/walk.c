#define _GNU_SOURCE
#include "walk.h"

#include <setjmp.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "bounds.h"
#include "format.h"
#include "internal/pycore_moduleobject.h"

enum { EDGES_MOST = 512, PENDING_MOST = EDGES_MOST * 2 + 8, RECORD_BYTES_MOST = EDGES_MOST * 34 + 128 };
enum { OBJECTS_SECTION = 1 << 20, FAULTS_MOST = 10000, FAULTS_OF_ONE_TYPE = 100, FAULT_STACK = 1 << 16 };

/* One reference on its way into a record. */
typedef struct {
    PyObject *target, *key;
    int64_t number;      /* element index, or the value of an integer key */
    uint32_t name;       /* name, or layout */
    uint8_t group, kind;
    bool address_only;   /* the target is no object: a running frame */
} Edge;

typedef struct {
    PyObject *object;
    uint64_t resume;     /* where a long container goes on; 0: from its start */
} Pending;

struct Walk {
    HeapFile *file;
    WalkOptions options;
    Tables tables;
    Section objects, roots, bounds;
    AddressSet seen;
    Pile stack;          /* Pending */
    uintptr_t previous_address;
    WalkTotals totals;

    /* the record being written */
    uintptr_t address;
    TypeInfo *info;
    PyObject *object;    /* NULL for a running frame */
    uint32_t name;
    bool header_done;
    size_t record_start;         /* to here the section is whole */
    uintptr_t record_previous;   /* `previous_address` there */
    size_t header_bytes;         /* counted for the unfinished record; SIZE_MAX: none */
    bool sizing;
    uintptr_t previous_target;
    Edge edges[EDGES_MOST];
    size_t edge_count;
    PyObject *leaves[PENDING_MOST];
    size_t leaf_count;

    /* while a type's own tp_traverse runs: what was labelled already */
    PyObject *known[FIELDS_MOST + SHARED_KEYS_MAX_SIZE + 2];
    size_t known_count;
    bool type_skipped;
    int64_t order;

    TypeInfo *frame_type;
    PyInterpreterState *interp;
    int list_index;
    PyGC_Head *list_at;
    sigjmp_buf fault_point;
    bool failed;
};

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
        || !address_set_init(&walk->seen) || !pile_init(&walk->stack, sizeof(Pending), 1 << 12)) {
        return NULL;
    }
    walk->objects.on_flush = forget_previous;
    walk->objects.context = walk;
    return walk;
}

/* --- records --------------------------------------------------------------------------------------------------- */

static void push(Walk *walk, PyObject *object, uint64_t resume)
{
    Pending *pending = pile_push(&walk->stack);
    if (pending == NULL) {
        walk->failed = true;
        return;
    }
    *pending = (Pending){object, resume};
}

/* A target on first sight: leaves are written after this record, containers wait on the stack. */
static void note(Walk *walk, PyObject *target)
{
    int added = address_set_add(&walk->seen, (uintptr_t)target);
    if (added == 1) {
        TypeInfo *info = type_info(&walk->tables, Py_TYPE(target));
        if (info == NULL) {
            walk->failed = true;
        } else if (info->parts == 0 && walk->leaf_count < PENDING_MOST) {
            walk->leaves[walk->leaf_count++] = target;
        } else {
            push(walk, target, 0);
        }
    } else if (added < 0) {
        walk->failed = true;
    }
}

static void put_address(Walk *walk, uintptr_t address)
{
    put_varint(&walk->objects, zigzag((int64_t)(address >> 3) - (int64_t)(walk->previous_address >> 3)));
    walk->previous_address = address;
}

static void put_target(Walk *walk, PyObject *target)
{
    if (target == NULL) {
        put_byte(&walk->objects, 0);
        return;
    }
    uintptr_t address = (uintptr_t)target;
    put_varint(&walk->objects, zigzag((int64_t)(address >> 3) - (int64_t)(walk->previous_target >> 3)) + 1);
    walk->previous_target = address;
    walk->totals.references++;
}

static void put_header(Walk *walk, size_t groups)
{
    Section *out = &walk->objects;
    uint8_t tag = (uint8_t)((groups < 3 ? groups : 3) << TAG_GROUPS_SHIFT);
    if (walk->header_done) {
        put_byte(out, tag | TAG_CONTINUED);
        put_address(walk, walk->address);
    } else {
        TypeInfo *info = walk->info;
        walk->sizing = true;
        size_t bytes = walk->object == NULL ? 0 : shallow_bytes(info, walk->object);
        walk->sizing = false;
        uint32_t references = walk->object == NULL ? 1 : reference_count(walk->object);
        tag |= (bytes != info->fixed_bytes ? TAG_SIZE : 0) | (references != 1 ? TAG_REFCOUNT : 0)
            | (walk->name != 0 ? TAG_NAMED : 0);
        put_byte(out, tag);
        put_address(walk, walk->address);
        put_varint(out, info->id);
        if (tag & TAG_SIZE) {
            put_varint(out, bytes);
        }
        if (tag & TAG_REFCOUNT) {
            put_varint(out, references);
        }
        if (tag & TAG_NAMED) {
            put_varint(out, walk->name);
        }
        walk->header_bytes = bytes;
    }
    if (groups >= 3) {
        put_varint(out, groups);
    }
    walk->header_done = true;
}

/* The record is whole: count it. */
static void close_record(Walk *walk)
{
    walk->record_start = walk->objects.used;
    walk->record_previous = walk->previous_address;
    if (walk->header_bytes == SIZE_MAX) {
        return;
    }
    TypeInfo *info = walk->info;
    info->count++;
    info->bytes += walk->header_bytes;
    walk->totals.records++;
    if (!(info->flags & TYPE_PSEUDO) && !info->own) {
        walk->totals.objects++;
        walk->totals.bytes += walk->header_bytes;
    }
    if (walk->options.observer != NULL) {
        walk->options.observer->record(walk->options.observer->context, walk->address, walk->header_bytes);
    }
    walk->header_bytes = SIZE_MAX;
    if ((walk->totals.records & 0xFFF) == 0 && walk->options.progress != NULL) {
        walk->options.progress->objects = walk->totals.records;
    }
    if (walk->totals.records == walk->options.crash_after) {
        kill(getpid(), SIGKILL);
    }
}

/* Room for the largest record, and a place to fall back to when one cannot be finished. */
static void open_record(Walk *walk)
{
    if (!walk->options.graph) {
        walk->objects.used = 0;
        walk->previous_address = 0;
    } else if (!section_reserve(&walk->objects, RECORD_BYTES_MOST)) {
        walk->failed = true;
        walk->objects.used = 0;
    }
    walk->record_start = walk->objects.used;
    walk->record_previous = walk->previous_address;
}

static void write_leaves(Walk *walk)
{
    while (walk->leaf_count > 0) {
        PyObject *leaf = walk->leaves[--walk->leaf_count];
        open_record(walk);
        walk->object = leaf;
        walk->address = (uintptr_t)leaf;
        walk->info = type_info(&walk->tables, Py_TYPE(leaf));
        walk->name = 0;
        walk->header_done = false;
        put_header(walk, 0);
        close_record(walk);
    }
}

static bool continues_group(const Edge *before, const Edge *edge)
{
    if (before->group != edge->group) {
        return false;
    }
    if (edge->group == GROUP_ELEMENTS) {
        return edge->number == before->number + 1;
    }
    return edge->group != GROUP_LAYOUT || edge->name == before->name;
}

static void put_group(Walk *walk, const Edge *edges, size_t count)
{
    Section *out = &walk->objects;
    put_varint(out, count << 4 | edges[0].group);
    if (edges[0].group == GROUP_ELEMENTS) {
        put_varint(out, (uint64_t)edges[0].number);
    } else if (edges[0].group == GROUP_LAYOUT) {
        put_varint(out, edges[0].name);
    }
    for (size_t i = 0; i < count; i++) {
        const Edge *edge = &edges[i];
        if (edge->group == GROUP_INT_ITEMS) {
            put_varint(out, zigzag(edge->number));
        } else if (edge->group == GROUP_NAMED) {
            put_varint(out, edge->kind);
            put_varint(out, edge->name);
        }
        if (edge->key != NULL) {
            put_target(walk, edge->key);
            note(walk, edge->key);
        }
        put_target(walk, edge->target);
        if (edge->target != NULL && !edge->address_only) {
            note(walk, edge->target);
        }
    }
}

/* Write the references gathered so far: the record itself, or its continuation. */
static void flush_record(Walk *walk)
{
    size_t groups = 0;
    for (size_t i = 0; i < walk->edge_count; i++) {
        groups += i == 0 || !continues_group(&walk->edges[i - 1], &walk->edges[i]);
    }
    open_record(walk);
    put_header(walk, groups);
    walk->previous_target = walk->address;
    for (size_t i = 0, end; i < walk->edge_count; i = end) {
        for (end = i + 1; end < walk->edge_count && continues_group(&walk->edges[end - 1], &walk->edges[end]); end++) {
        }
        put_group(walk, &walk->edges[i], end - i);
    }
    walk->edge_count = 0;
    close_record(walk);
    PyObject *object = walk->object;
    TypeInfo *info = walk->info;
    uintptr_t address = walk->address;
    write_leaves(walk);
    walk->object = object;
    walk->info = info;
    walk->address = address;
    walk->header_done = true;
}

static void begin(Walk *walk, PyObject *object, TypeInfo *info, uint32_t name)
{
    walk->object = object;
    walk->address = (uintptr_t)object;
    walk->info = info;
    walk->name = name;
    walk->header_done = false;
    walk->edge_count = 0;
}

static Edge *edge(Walk *walk, PyObject *target, enum GroupKind group)
{
    if (walk->edge_count == EDGES_MOST) {
        flush_record(walk);
    }
    Edge *edge = &walk->edges[walk->edge_count++];
    *edge = (Edge){.target = target, .group = (uint8_t)group};
    return edge;
}

static void named_edge(Walk *walk, PyObject *target, enum EdgeKind kind, const char *name)
{
    if (target != NULL) {
        Edge *added = edge(walk, target, GROUP_NAMED);
        added->kind = (uint8_t)kind;
        added->name = literal_name(&walk->tables, name);
        if (walk->options.observer != NULL) {
            walk->options.observer->reference(walk->options.observer->context, walk->address, name, (uintptr_t)target);
        }
    }
}

/* A layout's references must stand in one record: make room for all of them first. */
static bool layout_fits(Walk *walk, size_t count)
{
    if (count > EDGES_MOST) {
        return false;
    }
    if (walk->edge_count + count > EDGES_MOST) {
        flush_record(walk);
    }
    return true;
}

static void layout_edge(Walk *walk, PyObject *target, uint32_t layout)
{
    edge(walk, target, GROUP_LAYOUT)->name = layout;
}

/* --- parts of objects ------------------------------------------------------------------------------------------ */

static PyObject *field_at(PyObject *object, size_t offset)
{
    return *(PyObject **)((char *)object + offset);
}

static void walk_fields(Walk *walk, PyObject *object)
{
    TypeInfo *info = walk->info;
    if (!layout_fits(walk, info->field_count)) {
        return;
    }
    for (uint32_t i = 0; i < info->field_count; i++) {
        PyObject *target = field_at(object, info->field_offsets[i]);
        layout_edge(walk, target, info->field_layout);
        walk->known[walk->known_count++] = target;
        if (info->field_offsets[i] == info->type->tp_dictoffset) {
            learn_namespace(&walk->tables, target);
        }
    }
}

static void walk_managed(Walk *walk, PyObject *object)
{
    PyDictValues *values;
    PyObject *dict;
    TypeInfo *info = walk->info;
    managed_attributes(object, &values, &dict);
    if (values != NULL && info->values_count != 0 && layout_fits(walk, info->values_count)) {
        for (uint32_t i = 0; i < info->values_count; i++) {
            layout_edge(walk, values->values[i], info->values_layout);
            walk->known[walk->known_count++] = values->values[i];
            if (walk->options.observer != NULL && values->values[i] != NULL) {
                char name[64];
                name[str_utf8(keys_key(info->values_keys, i), name, sizeof name - 1)] = '\0';
                walk->options.observer->reference(walk->options.observer->context, walk->address, name,
                                                  (uintptr_t)values->values[i]);
            }
        }
    }
    if (dict != NULL) {
        learn_namespace(&walk->tables, dict);
        named_edge(walk, dict, EDGE_ATTRIBUTE, "__dict__");
        walk->known[walk->known_count++] = dict;
    }
}

static void walk_tail_dict(Walk *walk, PyObject *object)
{
    PyTypeObject *type = walk->info->type;
    Py_ssize_t count = type->tp_flags & Py_TPFLAGS_LONG_SUBCLASS ? int_digits(object) : Py_SIZE(object);
    size_t bytes = _PyObject_VAR_SIZE(type, count < 0 ? -count : count);
    PyObject *dict = field_at(object, bytes - (size_t)-type->tp_dictoffset);
    learn_namespace(&walk->tables, dict);
    named_edge(walk, dict, EDGE_ATTRIBUTE, "__dict__");
    walk->known[walk->known_count++] = dict;
}

static int visit(PyObject *target, void *context)
{
    Walk *walk = context;
    if (target == NULL || ((uintptr_t)target & 7) != 0) {
        return 0;
    }
    if (!walk->type_skipped && (PyTypeObject *)target == Py_TYPE(walk->object)
        && (walk->info->flags & TYPE_HEAP_TYPE)) {
        walk->type_skipped = true;
        return 0;
    }
    for (size_t i = 0; i < walk->known_count; i++) {
        if (walk->known[i] == target) {
            walk->known[i] = NULL;
            return 0;
        }
    }
    if (walk->info->parts & PART_IN_ORDER) {
        edge(walk, target, GROUP_ELEMENTS)->number = walk->order++;
    } else {
        edge(walk, target, GROUP_UNNAMED);
    }
    return 0;
}

static void walk_traverse(Walk *walk, PyObject *object)
{
    walk->type_skipped = false;
    walk->order = 0;
    walk->info->traverse(object, visit, walk);
}

static void walk_type(Walk *walk, PyTypeObject *type)
{
    PyObject *dict = type_dict(type);
    learn_namespace(&walk->tables, dict);
    named_edge(walk, dict, EDGE_ATTRIBUTE, "__dict__");
    named_edge(walk, type->tp_bases, EDGE_ATTRIBUTE, "__bases__");
    named_edge(walk, type->tp_mro, EDGE_ATTRIBUTE, "__mro__");
    named_edge(walk, (PyObject *)type->tp_base, EDGE_ATTRIBUTE, "__base__");
    named_edge(walk, type->tp_cache, EDGE_INTERNAL, "tp_cache");
    named_edge(walk, type_subclasses(type), EDGE_INTERNAL, "tp_subclasses");
    if (type->tp_flags & Py_TPFLAGS_HEAPTYPE) {
        PyHeapTypeObject *heap_type = (PyHeapTypeObject *)type;
        named_edge(walk, heap_type->ht_name, EDGE_ATTRIBUTE, "__name__");
        named_edge(walk, heap_type->ht_qualname, EDGE_ATTRIBUTE, "__qualname__");
        named_edge(walk, heap_type->ht_slots, EDGE_ATTRIBUTE, "__slots__");
        named_edge(walk, heap_type->ht_module, EDGE_INTERNAL, "ht_module");
    }
}

static void walk_code(Walk *walk, PyCodeObject *code)
{
    named_edge(walk, code->co_consts, EDGE_ATTRIBUTE, "co_consts");
    named_edge(walk, code->co_names, EDGE_ATTRIBUTE, "co_names");
    named_edge(walk, code->co_exceptiontable, EDGE_ATTRIBUTE, "co_exceptiontable");
    named_edge(walk, code->co_localsplusnames, EDGE_INTERNAL, "co_localsplusnames");
    named_edge(walk, code->co_localspluskinds, EDGE_INTERNAL, "co_localspluskinds");
    named_edge(walk, code->co_filename, EDGE_ATTRIBUTE, "co_filename");
    named_edge(walk, code->co_name, EDGE_ATTRIBUTE, "co_name");
    named_edge(walk, code->co_qualname, EDGE_ATTRIBUTE, "co_qualname");
    named_edge(walk, code->co_linetable, EDGE_ATTRIBUTE, "co_linetable");
}

/* A code object's variables, as a group of its own after the record. */
static void write_declaration(Walk *walk, PyCodeObject *code)
{
    uint32_t layout = code_layout(&walk->tables, code);
    if (layout == 0) {
        return;
    }
    open_record(walk);
    put_header(walk, 1);
    put_varint(&walk->objects, GROUP_DECLARES);
    put_varint(&walk->objects, layout);
    put_varint(&walk->objects, (uint64_t)code->co_argcount);
    put_varint(&walk->objects, (uint64_t)code->co_kwonlyargcount);
    close_record(walk);
}

static void walk_frame_content(Walk *walk, Frame *frame)
{
    PyCodeObject *code = frame_code(frame);
    named_edge(walk, frame_code_object(frame), EDGE_INTERNAL, "code");
    if (code == NULL) {
        return;
    }
    uint32_t layout = code_layout(&walk->tables, code);
    size_t count = (size_t)code->co_nlocalsplus;
    if (layout != 0 && layout_fits(walk, count)) {
        for (size_t i = 0; i < count; i++) {
            layout_edge(walk, frame->localsplus[i], layout);
        }
    } else {
        for (size_t i = 0; i < count; i++) {
            if (frame->localsplus[i] != NULL) {
                edge(walk, frame->localsplus[i], GROUP_UNNAMED);
            }
        }
    }
    named_edge(walk, frame_function(frame), EDGE_INTERNAL, "function");
    named_edge(walk, frame->f_locals, EDGE_INTERNAL, "f_locals");
    named_edge(walk, (PyObject *)frame->frame_obj, EDGE_INTERNAL, "frame");
    learn_namespace(&walk->tables, frame->f_locals);
    int depth = frame_stack_depth(frame, code);
    for (int i = 0; i < depth; i++) {
        PyObject *value = frame->localsplus[code->co_nlocalsplus + i];
        if (value != NULL) {
            edge(walk, value, GROUP_STACK);
        }
    }
}

static void walk_frame_object(Walk *walk, PyFrameObject *object)
{
    Frame *frame = object->f_frame;
    named_edge(walk, (PyObject *)object->f_back, EDGE_ATTRIBUTE, "f_back");
    named_edge(walk, object->f_trace, EDGE_ATTRIBUTE, "f_trace");
#if PY_VERSION_HEX >= 0x030D0000
    named_edge(walk, object->f_extra_locals, EDGE_INTERNAL, "extra_locals");
    named_edge(walk, object->f_locals_cache, EDGE_INTERNAL, "locals_cache");
#endif
    if (frame == NULL) {
        return;
    }
    if (frame->owner == FRAME_OWNED_BY_FRAME_OBJECT) {
        walk_frame_content(walk, frame);
        return;
    }
    PyObject *generator = frame_generator(frame);
    named_edge(walk, generator != NULL ? generator : (PyObject *)frame, EDGE_INTERNAL, "running");
    if (generator == NULL && walk->edge_count > 0) {
        walk->edges[walk->edge_count - 1].address_only = true;
    }
}

static void walk_generator(Walk *walk, PyGenObject *generator)
{
    named_edge(walk, generator->gi_name, EDGE_ATTRIBUTE, "__name__");
    named_edge(walk, generator->gi_qualname, EDGE_ATTRIBUTE, "__qualname__");
    if (!Py_IS_TYPE(generator, &PyGen_Type)) { /* plain generators leave it uninitialised */
        named_edge(walk, generator->gi_origin_or_finalizer, EDGE_INTERNAL, "origin_or_finalizer");
    }
    named_edge(walk, generator->gi_exc_state.exc_value, EDGE_INTERNAL, "exception");
#if PY_VERSION_HEX < 0x030C0000
    named_edge(walk, (PyObject *)generator->gi_code, EDGE_ATTRIBUTE, "gi_code");
#endif
    Frame *frame = (Frame *)generator->gi_iframe;
    if (generator->gi_frame_state < FRAME_COMPLETED) {
        walk_frame_content(walk, frame);
    } else {
        named_edge(walk, frame_code_object(frame), EDGE_INTERNAL, "code");
    }
}

static void walk_weakref(Walk *walk, PyWeakReference *reference)
{
    if (reference->wr_object != NULL && reference->wr_object != Py_None) {
        edge(walk, reference->wr_object, GROUP_WEAK);
    }
    if (!(walk->info->parts & PART_FIELDS)) {
        named_edge(walk, reference->wr_callback, EDGE_ATTRIBUTE, "__callback__");
    }
}

/* The stable head of NumPy's array object, the same in NumPy 1 and 2; its elements are invisible to any traverse. */
static void walk_array(Walk *walk, PyObject *object)
{
    typedef struct {
        PyObject_HEAD
        char *data;
        int dimensions;
        Py_ssize_t *shape, *strides;
        PyObject *base, *dtype;
    } Array;
    typedef struct {
        PyObject_HEAD
        PyTypeObject *scalar;
        char kind, code, byte_order, flags;
        int number;
    } DType;
    enum { NUMPY_OBJECT = 17 };
    Array *array = (Array *)object;
    named_edge(walk, array->base, EDGE_ATTRIBUTE, "base");
    named_edge(walk, array->dtype, EDGE_ATTRIBUTE, "dtype");
    if (array->dtype == NULL || ((DType *)array->dtype)->number != NUMPY_OBJECT || array->base != NULL) {
        return;
    }
    Py_ssize_t count = 1, span = sizeof(PyObject *);
    for (int i = array->dimensions - 1; i >= 0; i--) {
        if (array->shape[i] <= 0 || (array->shape[i] > 1 && array->strides[i] != span)) {
            return;
        }
        count *= array->shape[i];
        span *= array->shape[i];
    }
    for (Py_ssize_t i = 0; i < count; i++) {
        edge(walk, ((PyObject **)array->data)[i], GROUP_ELEMENTS)->number = i;
    }
}

/* --- containers that may be long: written in pieces, children between them -------------------------------------- */

/* True when the piece is full: the rest waits below its children, so the stack stays as deep as the nesting. */
static bool suspended(Walk *walk, PyObject *object, uint64_t next, uint64_t end)
{
    if (walk->edge_count < EDGES_MOST || next >= end) {
        return false;
    }
    push(walk, object, next);
    flush_record(walk);
    return true;
}

static bool walk_elements(Walk *walk, PyObject *object, PyObject **items, Py_ssize_t count, uint64_t from)
{
    for (uint64_t i = from; items != NULL && i < (uint64_t)count; i++) {
        edge(walk, items[i], GROUP_ELEMENTS)->number = (int64_t)i;
        if (suspended(walk, object, i + 1, (uint64_t)count)) {
            return true;
        }
    }
    return false;
}

static bool walk_items(Walk *walk, PyObject *object, uint64_t from)
{
    PyDictObject *dict = (PyDictObject *)object;
    uint64_t entries = (uint64_t)dict_entries(dict);
    for (uint64_t i = from; i < entries; i++) {
        DictItem item = dict_item(dict, (Py_ssize_t)i);
        int64_t number = 0;
        if (item.value == NULL || item.key == NULL) {
            continue;
        }
        bool integer = Py_IS_TYPE(item.key, &PyLong_Type) && int_value(item.key, &number);
        Edge *added = edge(walk, item.value, integer ? GROUP_INT_ITEMS : GROUP_ITEMS);
        added->key = item.key;
        added->number = number;
        if (walk->options.observer != NULL && Py_IS_TYPE(item.key, &PyUnicode_Type)) {
            char name[64];
            name[str_utf8(item.key, name, sizeof name - 1)] = '\0';
            walk->options.observer->reference(walk->options.observer->context, walk->address, name,
                                              (uintptr_t)item.value);
        }
        if (suspended(walk, object, i + 1, entries)) {
            return true;
        }
    }
    return false;
}

static bool walk_members(Walk *walk, PyObject *object, uint64_t from)
{
    PySetObject *set = (PySetObject *)object;
    for (uint64_t i = from; set->table != NULL && i <= (uint64_t)set->mask; i++) {
        if (set->table[i].key != NULL && set->table[i].hash != -1) {
            edge(walk, set->table[i].key, GROUP_MEMBERS);
            if (suspended(walk, object, i + 1, (uint64_t)set->mask + 1)) {
                return true;
            }
        }
    }
    return false;
}

static bool walk_sequence(Walk *walk, PyObject *object, uint64_t from)
{
    uint32_t parts = walk->info->parts;
    if (parts & PART_LIST) {
        return walk_elements(walk, object, ((PyListObject *)object)->ob_item, Py_SIZE(object), from);
    }
    if (parts & PART_TUPLE) {
        return walk_elements(walk, object, ((PyTupleObject *)object)->ob_item, Py_SIZE(object), from);
    }
    if (parts & PART_DICT) {
        return walk_items(walk, object, from);
    }
    return (parts & PART_SET) && walk_members(walk, object, from);
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

static void put_bound(Walk *walk, PyObject *object, size_t offset)
{
    Py_ssize_t bound = bound_of(object, offset);
    if (bound < 0 || !walk->options.graph) {
        return;
    }
    if (!section_reserve(&walk->bounds, 32)) {
        walk->failed = true;
        return;
    }
    put_varint(&walk->bounds, (uintptr_t)object >> 3);
    put_varint(&walk->bounds, (uint64_t)bound);
}

static void walk_object(Walk *walk, PyObject *object, uint64_t resume)
{
    TypeInfo *info = type_info(&walk->tables, Py_TYPE(object));
    if (info == NULL) {
        walk->failed = true;
        return;
    }
    uint32_t parts = info->parts;
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
}

static void drain(Walk *walk)
{
    while (walk->stack.count > 0 && !walk->failed) {
        Pending next = ((Pending *)walk->stack.items)[--walk->stack.count];
        walk_object(walk, next.object, next.resume);
    }
}

/* --- roots ----------------------------------------------------------------------------------------------------- */

static void add_root(Walk *walk, enum RootKind kind, uint32_t name, uintptr_t address)
{
    if (!section_reserve(&walk->roots, 32)) {
        walk->failed = true;
        return;
    }
    put_varint(&walk->roots, kind);
    put_varint(&walk->roots, name);
    put_varint(&walk->roots, address >> 3);
    walk->totals.roots++;
}

static void object_root(Walk *walk, enum RootKind kind, uint32_t name, PyObject *object)
{
    add_root(walk, kind, name, (uintptr_t)object);
    note(walk, object);
    write_leaves(walk);
}

static void atexit_root(void *context, PyObject *object)
{
    Walk *walk = context;
    object_root(walk, ROOT_INTERPRETER, literal_name(&walk->tables, "atexit"), object);
}

static PyObject *item_named(PyObject *dict, const char *name)
{
    for (Py_ssize_t i = 0; dict != NULL && PyDict_Check(dict) && i < dict_entries((PyDictObject *)dict); i++) {
        DictItem item = dict_item((PyDictObject *)dict, i);
        if (item.value != NULL && str_equals(item.key, name)) {
            return item.value;
        }
    }
    return NULL;
}

static PyObject *attribute_named(PyObject *object, const char *name)
{
    PyDictValues *values;
    PyObject *dict;
    if (object == NULL || !has_managed_dict(Py_TYPE(object))) {
        return NULL;
    }
    managed_attributes(object, &values, &dict);
    PyDictKeysObject *keys = cached_keys(Py_TYPE(object));
    for (Py_ssize_t i = 0; values != NULL && keys != NULL && i < keys->dk_nentries; i++) {
        if (str_equals(keys_key(keys, i), name)) {
            return values->values[i];
        }
    }
    return item_named(dict, name);
}

static PyObject *item_numbered(PyObject *dict, int64_t wanted)
{
    for (Py_ssize_t i = 0; dict != NULL && PyDict_Check(dict) && i < dict_entries((PyDictObject *)dict); i++) {
        DictItem item = dict_item((PyDictObject *)dict, i);
        int64_t number;
        if (item.value != NULL && item.key != NULL && Py_IS_TYPE(item.key, &PyLong_Type)
            && int_value(item.key, &number) && number == wanted) {
            return item.value;
        }
    }
    return NULL;
}

/* Beside identifiers, names that the standard library gives threads: letters, digits, "_" and, for pools and Thread-N, "-" and " (name)". */
static bool is_default_thread_name(const char *text, size_t bytes)
{
    static const char *const starts[] = {"MainThread", "Thread-", "ThreadPoolExecutor-", "Dummy-", "asyncio_",
                                         "QueueManagerThread", "QueueFeederThread"};
    bool known = false;
    for (size_t i = 0; i < sizeof starts / sizeof starts[0]; i++) {
        known = known || (bytes >= strlen(starts[i]) && memcmp(text, starts[i], strlen(starts[i])) == 0);
    }
    for (size_t i = 0; known && i < bytes; i++) {
        char c = text[i];
        known = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')
            || strchr("_-() ", c) != NULL;
    }
    return known;
}

static uint32_t thread_name(Walk *walk, PyThreadState *thread, int ordinal)
{
    char text[64] = "thread-";
    PyObject *threading = item_named(interpreter_modules(thread->interp), "threading");
    PyObject *active_threads = NULL;
    if (threading != NULL && PyModule_Check(threading)) {
        active_threads = item_named(((PyModuleObject *)threading)->md_dict, "_active");
    }
    PyObject *name = attribute_named(item_numbered(active_threads, (int64_t)thread->thread_id), "_name");
    if (name != NULL) {
        size_t bytes = str_utf8(name, text, sizeof text);
        uint32_t code = identifier_name(&walk->tables, name);
        if (code != 0) {
            return code;
        }
        if (is_default_thread_name(text, bytes)) {
            return text_name(&walk->tables, text, bytes);
        }
    }
    memcpy(text, "thread-", 7);
    size_t used = 7;
    for (int divisor = 1000; divisor > 0; divisor /= 10) {
        if (ordinal >= divisor || divisor == 1) {
            text[used++] = (char)('0' + ordinal / divisor % 10);
        }
    }
    return text_name(&walk->tables, text, used);
}

static void walk_thread(Walk *walk, PyThreadState *thread, int ordinal)
{
    InterpreterRoot roots[INTERPRETER_ROOTS_MOST];
    uint32_t name = thread_name(walk, thread, ordinal);
    int count = thread_roots(thread, roots);
    for (int i = 0; i < count; i++) {
        object_root(walk, ROOT_THREAD_STATE, literal_name(&walk->tables, roots[i].name), roots[i].object);
    }
    for (Frame *frame = thread_top_frame(thread); frame != NULL && !walk->failed; frame = frame->previous) {
        PyCodeObject *code = frame_code(frame);
        if (code == NULL) {
            continue;
        }
        PyObject *generator = frame_generator(frame);
        add_root(walk, ROOT_THREAD, name, generator != NULL ? (uintptr_t)generator : (uintptr_t)frame);
        if (generator != NULL) {
            note(walk, generator);
        } else if (address_set_add(&walk->seen, (uintptr_t)frame) == 1) {
            begin(walk, NULL, walk->frame_type, code_name(&walk->tables, code->co_qualname));
            walk->address = (uintptr_t)frame;
            walk_frame_content(walk, frame);
            flush_record(walk);
        }
    }
    write_leaves(walk);
}

static void walk_modules(Walk *walk, PyObject *modules)
{
    for (Py_ssize_t i = 0; modules != NULL && PyDict_Check(modules) && i < dict_entries((PyDictObject *)modules); i++) {
        DictItem item = dict_item((PyDictObject *)modules, i);
        if (item.value != NULL && item.key != NULL) {
            object_root(walk, ROOT_MODULE, code_name(&walk->tables, item.key), item.value);
        }
    }
}

static void walk_roots(Walk *walk, PyInterpreterState *interp)
{
    InterpreterRoot roots[INTERPRETER_ROOTS_MOST];
    int ordinal = 0;
    for (PyThreadState *thread = PyInterpreterState_ThreadHead(interp); thread != NULL;
         thread = PyThreadState_Next(thread)) {
        walk_thread(walk, thread, ++ordinal);
    }
    walk_modules(walk, interpreter_modules(interp));
    int count = interpreter_roots(interp, roots);
    for (int i = 0; i < count; i++) {
        object_root(walk, ROOT_INTERPRETER, literal_name(&walk->tables, roots[i].name), roots[i].object);
    }
    interpreter_atexit(interp, atexit_root, walk);
    drain(walk);
}

/* Types that nothing refers to but their instances; each may bring a metatype of its own. */
static void walk_static_types(Walk *walk)
{
    for (size_t i = 0; i < walk->tables.infos.count && !walk->failed; i++) {
        PyTypeObject *type = ((TypeInfo **)walk->tables.infos.items)[i]->type;
        if (type != NULL && !address_set_has(&walk->seen, (uintptr_t)type)) {
            object_root(walk, ROOT_TYPE, 0, (PyObject *)type);
            drain(walk);
        }
    }
}

/* The text of str objects that name things, for the labels of dict items. */
static void write_names(Walk *walk)
{
    PointerMap *names = &walk->tables.str_names;
    for (size_t i = 0; i < names->capacity && !walk->failed; i++) {
        uintptr_t address = names->slots[i].key;
        if (address != 0 && names->slots[i].value != 0 && address_set_has(&walk->seen, address)) {
            open_record(walk);
            put_byte(&walk->objects, TAG_CONTINUED | TAG_NAMED);
            put_address(walk, address);
            put_varint(&walk->objects, names->slots[i].value);
            close_record(walk);
        }
    }
}

/* --- all of it ------------------------------------------------------------------------------------------------- */

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
    active = walk;
    silence_base_traverse();
    walk->frame_type = make_pseudo_type(&walk->tables, "running frame");
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
        && section_flush(&walk->roots) && section_flush(&walk->bounds);
}
