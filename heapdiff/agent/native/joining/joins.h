/* Which object each sampled block belongs to: the samples of the sampler and the traces of tracemalloc, joined to the heap while
   it is walked. */
#pragma once

#include "joining/rows.h"
#include "types/tables.h"

typedef struct {
    SampleRows rows;
    bool on;                 /* there is something to join */
    uint64_t now_ns, since_ms; /* since the sampler began */
    uint32_t sampler, tracer; /* their `SOURCE` rows; 0: not at work */
    uint64_t stride;         /* of tracemalloc's blocks every so many-th is told */
    PointerMap joined;       /* sampled blocks that have their object */
    PointerMap held;         /* code object -> references that the sampler's stacks have of it */
    PointerMap stacks;       /* node of the sampler, or stack of tracemalloc -> row */
    uint32_t next_row;       /* of the samples that may belong to no object */
} Joins;

/* Looks what there is; nothing is on when memory ended. Ages are those at `captured_ns`, 0 for now: the child may have waited for
   its turn since. */
void joins_begin(Joins *joins, HeapFile *file, Names *names, PyInterpreterState *interp, uint64_t captured_ns);
/* While `on`: tells the samples of the blocks that the object owns. */
void joins_object(Joins *joins, PyObject *object, const TypeInfo *info);
/* References of a code object that are the sampler's, and none of the application's. */
uint32_t joins_held(Joins *joins, PyObject *code);
/* The samples that belong to no object; goes on behind the one that it crashed at. */
void joins_rest(Joins *joins);
bool joins_flush(Joins *joins);
