/* Records of the .heap file as they are put together: the walk's state, and how each reference gets in. */
#pragma once

#include "content/hashes.h"
#include "content/values.h"
#include "cpython/internals.h"
#include "joining/joins.h"
#include "platform/faults.h"
#include "platform/memory.h"
#include "types/tables.h"
#include "walk/facts.h"
#include "walk/options.h"
#include "format.h"
#include "write/output.h"

enum { EDGES_MOST = 512, PENDING_MOST = EDGES_MOST * 2 + 8 };

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

/* What a crash would be a crash of. */
enum Doing { READING, HEADING, HASHING, CALLING };

typedef struct Walk {
    HeapFile *file;
    WalkOptions options;
    Tables tables;
    Section objects, roots, bounds, modules, idle, views;
    Values values;
    Facts facts;
    Hashes hashes;
    Joins joins;
    AddressSet seen;
    Pile stack;          /* Pending */
    Pile frames;         /* Frame *: running ones, which are no objects */
    uintptr_t previous_address, previous_idle;
    WalkTotals totals;

    PointerMap borrowed; /* object -> references from frames that its count leaves out */

    /* the record being written */
    uintptr_t address;
    TypeInfo *info;
    PyObject *object;    /* NULL for a running frame */
    uint32_t name;
    bool header_done;
    bool bare;           /* asking for the object's size crashed: the header does without */
    bool unhashed;       /* reading the object's text crashed */
    uint32_t hash, hash_faults;
    size_t record_start;         /* to here the section is whole */
    uintptr_t record_previous;   /* `previous_address` there */
    size_t header_bytes;         /* counted for the unfinished record; SIZE_MAX: none */
    enum Doing doing;
    uintptr_t previous_target;
    Edge edges[EDGES_MOST];
    size_t edge_count;
    struct {
        PyObject *object;
        TypeInfo *info;
    } leaves[PENDING_MOST];
    size_t leaf_count;

    /* while a type's own tp_traverse runs: what was labelled already */
    PyObject *known[FIELDS_MOST + SHARED_KEYS_MAX_SIZE + 2];
    size_t known_count;
    bool type_skipped;
    int64_t order;

    TypeInfo *frame_type;
    PyInterpreterState *interp;
    PyObject *interned;          /* the dict whose items are no references; NULL: none is met */
    int list_index;
    PyGC_Head *list_at;
    Guard guard;
    bool failed;
} Walk;

typedef void Step(Walk *walk, void *context);

/* False when the step crashed. The record that it was writing is cut back; its header, if that is missing, is owed. */
bool guarded(Walk *walk, Step *step, void *context);

/* The walk comes to an object later, from item `resume` of a long container on. */
void push(Walk *walk, PyObject *object, uint64_t resume);
/* An object, a running frame on first sight: it waits, and nothing of it is read before its turn. */
void reach(Walk *walk, PyObject *object);
void reach_frame(Walk *walk, Frame *frame);
/* Start a record: nothing is written until it is full or finished. */
void begin(Walk *walk, PyObject *object, TypeInfo *info);
/* Write the references gathered so far: the record itself, or its continuation. */
void flush_record(Walk *walk);
/* The same in the midst of an object: a crash costs this piece, not what is still to be read of the object. */
void flush_piece(Walk *walk);
/* Write what is left of the record. The last step of an object: what would follow it is lost when it crashes. */
void finish_record(Walk *walk);
/* The leaves that the records met. */
void write_leaves(Walk *walk);
void named_edge(Walk *walk, PyObject *target, enum EdgeKind kind, const char *name);
/* A layout's references must stand in one record: make room for all of them first. */
bool layout_fits(Walk *walk, size_t count);
/* The text of each str object that names things, for the labels of dict items. */
void write_names(Walk *walk);

static inline Edge *edge(Walk *walk, PyObject *target, enum GroupKind group)
{
    if (walk->edge_count == EDGES_MOST) {
        flush_piece(walk);
    }
    Edge *edge = &walk->edges[walk->edge_count++];
    *edge = (Edge){.target = target, .group = (uint8_t)group};
    __builtin_prefetch(target);
    return edge;
}

static inline void layout_edge(Walk *walk, PyObject *target, uint32_t layout)
{
    edge(walk, target, GROUP_LAYOUT)->name = layout;
}
