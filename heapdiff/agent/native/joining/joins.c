#include "joining/joins.h"

#include "format.h"
#include "joining/blocks.h"
#include "joining/traces.h"
#include "platform/clock.h"
#include "sampling/call_stacks.h"
#include "sampling/sampler.h"
#include "sampling/samples.h"

enum { TRACES_MOST = 1 << 20, NS_OF_MS = 1000000 };

static void begin_sampler(Joins *joins)
{
    SamplingState state = sampling_state();
    if (!state.on) {
        return;
    }
    joins->since_ms = joins->now_ns > state.since_ns ? (joins->now_ns - state.since_ns) / NS_OF_MS : 0;
    SourceRow source = {SOURCE_SAMPLER, state.interval, joins->since_ms, state.taken, state.lost};
    joins->sampler = rows_source(&joins->rows, &source);
}

static void begin_tracer(Joins *joins)
{
    uint64_t count = traces_count();
    if (count == 0) {
        return;
    }
    joins->stride = (count + TRACES_MOST - 1) / TRACES_MOST;
    SourceRow source = {SOURCE_TRACEMALLOC, 0, 0, count, count - count / joins->stride};
    joins->tracer = rows_source(&joins->rows, &source);
}

static bool count_held(Joins *joins)
{
    for (uint32_t node = 1; node < stacks_end(); node++) {
        const StackNode *at = stack_node(node);
        bool added;
        uint32_t *held = at == NULL ? NULL : pointer_map_place(&joins->held, at->code, &added);
        if (held != NULL) {
            ++*held;
        } else if (at != NULL) {
            return false;
        }
    }
    return true;
}

void joins_begin(Joins *joins, HeapFile *file, Names *names, PyInterpreterState *interp, uint64_t captured_ns)
{
    bool traces = traces_count() > 0;
    joins->now_ns = captured_ns != 0 ? captured_ns : monotonic_ns();
    if (!pointer_map_init(&joins->held, 1 << 10) || !count_held(joins)) {
        return;
    }
    if ((!sampling_state().on && !traces) || !rows_init(&joins->rows, file, names)
        || !pointer_map_init(&joins->joined, 1 << 12) || !pointer_map_init(&joins->stacks, 1 << 12)) {
        return;
    }
    import_roots_read(&joins->rows.roots, interp);
    begin_sampler(joins);
    begin_tracer(joins);
    joins->on = joins->sampler != 0 || joins->tracer != 0;
}

uint32_t joins_held(Joins *joins, PyObject *code)
{
    uint32_t *held = joins->held.used == 0 ? NULL : pointer_map_find(&joins->held, code);
    return held == NULL ? 0 : *held;
}

/* The row of a node, and of its callers, from the outermost one inwards. */
static uint32_t sampled_stack(Joins *joins, uint32_t node)
{
    uint32_t nodes[STACK_FRAMES_MOST], count = 0, row = 0;
    for (const StackNode *at; count < STACK_FRAMES_MOST && (at = stack_node(node)) != NULL; node = at->caller) {
        uint32_t *known = pointer_map_find(&joins->stacks, at);
        if (known != NULL && *known != 0) {
            row = *known;
            break;
        }
        nodes[count++] = node;
    }
    while (count > 0) {
        const StackNode *at = stack_node(nodes[--count]);
        int line = PyCode_Addr2Line(at->code, at->offset);
        row = rows_stack(&joins->rows, row, rows_code(&joins->rows, at->code), line > 0 ? (unsigned)line : 0);
        bool added;
        uint32_t *place = row == 0 ? NULL : pointer_map_place(&joins->stacks, at, &added);
        if (place == NULL) {
            return 0;
        }
        *place = row;
    }
    return row;
}

static uint32_t traced_stack(Joins *joins, const Trace *trace)
{
    enum { HALF = ROWS_FRAMES_MOST / 2 };
    uint32_t *known = pointer_map_find(&joins->stacks, trace->stack), row = 0;
    if (known != NULL) {
        return *known;
    }
    for (unsigned left = trace->frames; left > 0; left--) {
        unsigned at = left - 1;
        if (at >= HALF && at + HALF < trace->frames) {
            continue;
        }
        TraceFrame frame = trace_frame(trace, at);
        row = rows_stack(&joins->rows, row, rows_file(&joins->rows, frame.file, frame.path), frame.line);
        if (row == 0) {
            return 0;
        }
    }
    bool added;
    uint32_t *place = pointer_map_place(&joins->stacks, trace->stack, &added);
    if (place != NULL) {
        *place = row;
    }
    return row;
}

static void tell_sample(Joins *joins, const Sample *sample, PyObject *object)
{
    uint64_t age_ms = joins->now_ns > sample->ns ? (joins->now_ns - sample->ns) / NS_OF_MS : 0;
    SampledBlock row = {
        .source = joins->sampler, .stack = sampled_stack(joins, sample->stack), .block = sample->address, .object = (uintptr_t)object,
        .bytes = sample->bytes, .age_ms = age_ms < joins->since_ms ? age_ms : joins->since_ms /* its clock is coarser */};
    joins->on = rows_sample(&joins->rows, &row) && joins->on;
}

typedef struct {
    Joins *joins;
    PyObject *object;
} Owner;

static void join_sample(Joins *joins, const void *block, PyObject *object)
{
    const Sample *sample = samples_find(block);
    bool added;
    if (sample != NULL && pointer_map_place(&joins->joined, block, &added) != NULL && added) {
        tell_sample(joins, sample, object);
    }
}

/* Which blocks are told is by their addresses: of a block that stays, the same in every snapshot. */
static void join_trace(Joins *joins, const void *block, PyObject *object)
{
    Trace trace;
    if ((joins->stride > 1 && (((uintptr_t)block >> 4) * 0x9E3779B97F4A7C15ull >> 32) % joins->stride != 0)
        || !trace_find(block, &trace)) {
        return;
    }
    SampledBlock row = {.source = joins->tracer, .stack = traced_stack(joins, &trace), .block = (uintptr_t)block,
                        .object = (uintptr_t)object, .bytes = trace.bytes};
    joins->on = rows_sample(&joins->rows, &row) && joins->on;
}

static void join_block(void *context, const void *block)
{
    Owner *owner = context;
    if (owner->joins->sampler != 0 && samples_may_have(block)) {
        join_sample(owner->joins, block, owner->object);
    }
    if (owner->joins->tracer != 0) {
        join_trace(owner->joins, block, owner->object);
    }
}

void joins_object(Joins *joins, PyObject *object, const TypeInfo *info)
{
    Owner owner = {joins, object};
    owned_blocks(object, info, join_block, &owner);
}

void joins_rest(Joins *joins)
{
    while (joins->on && joins->sampler != 0 && joins->next_row < SAMPLE_ROWS) {
        const Sample *sample = samples_at(joins->next_row++);
        if (sample != NULL && pointer_map_find(&joins->joined, (void *)sample->address) == NULL) {
            tell_sample(joins, sample, NULL);
        }
    }
}

bool joins_flush(Joins *joins)
{
    return joins->rows.sources.base == NULL || rows_flush(&joins->rows);
}
