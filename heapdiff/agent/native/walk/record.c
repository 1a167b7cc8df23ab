#define _GNU_SOURCE
#include "walk/record.h"

#include <signal.h>
#include <unistd.h>

#include "types/sizes.h"
#include "types/types.h"

enum { RECORD_BYTES_MOST = EDGES_MOST * 34 + 128 };
enum { FAULTS_MOST = 10000, FAULTS_OF_ONE_TYPE = 100 };

void push(Walk *walk, PyObject *object, uint64_t resume)
{
    Pending *pending = pile_push(&walk->stack);
    if (pending == NULL) {
        walk->failed = true;
        return;
    }
    *pending = (Pending){object, resume};
}

void reach(Walk *walk, PyObject *object)
{
    int added = address_set_add(&walk->seen, (uintptr_t)object);
    if (added == 1) {
        push(walk, object, 0);
    } else if (added < 0) {
        walk->failed = true;
    }
}

void reach_frame(Walk *walk, Frame *frame)
{
    int added = address_set_add(&walk->seen, (uintptr_t)frame);
    Frame **place = added == 1 ? pile_push(&walk->frames) : NULL;
    if (place != NULL) {
        *place = frame;
    } else if (added != 0) {
        walk->failed = true;
    }
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
            walk->leaves[walk->leaf_count].object = target;
            walk->leaves[walk->leaf_count++].info = info;
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

/* As many references as there are, also from frames that borrow the object: what is above those found holds it natively. */
static uint32_t count_references(Walk *walk, PyObject *object)
{
    uint32_t counted = reference_count(object);
    if (walk->info->parts & PART_CODE && counted != 0) {
        uint32_t ours = joins_held(&walk->joins, object);
        counted = counted > ours ? counted - ours : 1; /* the root that such code has */
    }
    uint32_t *borrowed = SLOTS_MAY_BORROW && counted != 0 ? pointer_map_find(&walk->borrowed, object) : NULL;
    return borrowed == NULL || counted > UINT32_MAX - *borrowed ? counted : counted + *borrowed;
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
        walk->doing = HEADING;
        size_t bytes = walk->object == NULL ? 0 : walk->bare ? info->fixed_bytes : shallow_bytes(info, walk->object);
        uint32_t references = walk->object == NULL ? 1 : count_references(walk, walk->object);
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
        if (info->flags & TYPE_HASHED) {
            walk->doing = HASHING;
            walk->hash = walk->unhashed ? 0 : hash_of(&walk->hashes, walk->object);
            walk->doing = HEADING;
        }
        if (walk->options.values && walk->object != NULL && !walk->bare && !values_put(&walk->values, walk->object)) {
            walk->failed = true;
        }
        if (walk->joins.on && walk->object != NULL && !walk->bare) {
            joins_object(&walk->joins, walk->object, info);
        }
        walk->doing = READING;
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
    if (info->flags & TYPE_HASHED && !hashes_put(&walk->hashes, walk->hash)) {
        walk->failed = true;
    }
    info->count++;
    info->bytes += walk->header_bytes;
    walk->totals.records++;
    if (!info->own) {
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

void write_leaves(Walk *walk)
{
    while (walk->leaf_count > 0) {
        walk->leaf_count--;
        open_record(walk);
        begin(walk, walk->leaves[walk->leaf_count].object, walk->leaves[walk->leaf_count].info);
        put_header(walk, 0);
        close_record(walk);
    }
}

static bool continues_group(const Edge *before, const Edge *edge)
{
    if (before->group != edge->group || edge->group == GROUP_DECLARES) {
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
    if (edges[0].group == GROUP_DECLARES) {
        PyCodeObject *code = (PyCodeObject *)edges[0].target;
        put_varint(out, GROUP_DECLARES);
        put_varint(out, edges[0].name);
        put_varint(out, (uint64_t)code->co_argcount);
        put_varint(out, (uint64_t)code->co_kwonlyargcount);
        return;
    }
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

void flush_record(Walk *walk)
{
    size_t groups = 0;
    uint16_t ends[EDGES_MOST];
    for (size_t i = 1; i <= walk->edge_count; i++) {
        if (i == walk->edge_count || !continues_group(&walk->edges[i - 1], &walk->edges[i])) {
            ends[groups++] = (uint16_t)i;
        }
    }
    open_record(walk);
    put_header(walk, groups);
    walk->previous_target = walk->address;
    for (size_t group = 0, from = 0; group < groups; from = ends[group++]) {
        put_group(walk, &walk->edges[from], ends[group] - from);
    }
    walk->edge_count = 0;
    close_record(walk);
}

void finish_record(Walk *walk)
{
    if (walk->edge_count > 0 || !walk->header_done) {
        flush_record(walk);
    }
}

/* An object whose own C code crashed while it was read keeps its header, and what it refers to where only its size crashed. */
static void cut_back(Walk *walk)
{
    TypeInfo *info = walk->info;
    walk->objects.used = walk->record_start;
    walk->previous_address = walk->record_previous;
    if (walk->header_bytes != SIZE_MAX) {
        walk->header_bytes = SIZE_MAX;
        walk->header_done = false;
    }
    if (walk->doing == HEADING) {
        walk->bare = true;
        if (++info->size_faults == FAULTS_OF_ONE_TYPE) {
            info->size_kind = SIZE_UNREADABLE;
        }
    } else if (walk->doing == HASHING) {
        walk->unhashed = true;
        walk->hashes.on = walk->hashes.on && ++walk->hash_faults < FAULTS_OF_ONE_TYPE;
    } else {
        walk->edge_count = 0;
        if (walk->doing == CALLING && ++info->faults == FAULTS_OF_ONE_TYPE) {
            info->parts &= ~(uint32_t)PART_TRAVERSE;
            info->greenlet_frame = NULL;
        }
    }
    walk->doing = READING;
    walk->failed = walk->failed || ++walk->totals.faults > FAULTS_MOST;
}

typedef struct {
    Walk *walk;
    Step *step;
    void *context;
} BoundStep;

static void take_step(void *context)
{
    BoundStep *bound = context;
    bound->step(bound->walk, bound->context);
}

bool guarded(Walk *walk, Step *step, void *context)
{
    BoundStep bound = {walk, step, context};
    bool done = guard_step(&walk->guard, take_step, &bound);
    if (!done) {
        cut_back(walk);
    }
    return done;
}

static void write_piece(Walk *walk, void *unused)
{
    finish_record(walk);
    write_leaves(walk);
}

void flush_piece(Walk *walk)
{
    PyObject *object = walk->object;
    TypeInfo *info = walk->info;
    uintptr_t address = walk->address;
    enum Doing doing = walk->doing;
    walk->doing = READING;
    while (!guarded(walk, write_piece, NULL) && !walk->failed) {
    }
    walk->object = object;
    walk->info = info;
    walk->address = address;
    walk->doing = doing;
    walk->header_done = true;
}

void begin(Walk *walk, PyObject *object, TypeInfo *info)
{
    walk->object = object;
    walk->address = (uintptr_t)object;
    walk->info = info;
    walk->name = 0;
    walk->header_done = false;
    walk->bare = false;
    walk->unhashed = false;
    walk->edge_count = 0;
}

void named_edge(Walk *walk, PyObject *target, enum EdgeKind kind, const char *name)
{
    if (target != NULL) {
        Edge *added = edge(walk, target, GROUP_NAMED);
        added->kind = (uint8_t)kind;
        added->name = literal_name(&walk->tables.names, name);
        if (walk->options.observer != NULL) {
            walk->options.observer->reference(walk->options.observer->context, walk->address, name, (uintptr_t)target);
        }
    }
}

bool layout_fits(Walk *walk, size_t count)
{
    if (count > EDGES_MOST) {
        return false;
    }
    if (walk->edge_count + count > EDGES_MOST) {
        flush_piece(walk);
    }
    return true;
}

void write_names(Walk *walk)
{
    PointerMap *names = &walk->tables.names.strings;
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
