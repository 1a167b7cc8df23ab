#define _GNU_SOURCE
#include "sampling/line_blocks.h"

#include <sys/mman.h>

#include "platform/memory.h"
#include "sampling/call_stacks.h"

enum { ROWS_MOST = LINE_BLOCKS_MOST * 2, FEWEST_ROWS = 1 << 12, NODES = 1 << 16, NODE_BITS = 16, GRAIN = 4 };

typedef struct {
    uintptr_t address;                /* 0: an empty row */
    uint64_t bytes : 64 - NODE_BITS;
    uint64_t line : NODE_BITS;
} Row;

static bool (*is_wanted)(const PyCodeObject *);
static LineTotals *totals;  /* of each node; one use of a node that allocated something is ours */
static Row *places;         /* tables of all sizes: one of n rows begins at n, behind all smaller ones */
static Row *rows;           /* the one in use */
static uint32_t capacity, used;
static uint64_t lost;
static const void *newest;

static uint32_t home_of(uintptr_t address)
{
    return (uint32_t)(((address >> GRAIN) * 0x9E3779B97F4A7C15ull) >> 32) & (capacity - 1);
}

/* The block's row, or the empty one where it would be: half of them are. */
static Row *row_of(uintptr_t address)
{
    uint32_t at = home_of(address);
    while (rows[at].address != address && rows[at].address != 0) {
        at = (at + 1) & (capacity - 1);
    }
    return &rows[at];
}

static void begin(uint32_t count)
{
    capacity = count;
    rows = places + capacity;
}

static bool has_room(void)
{
    if (used * 2 < capacity) {
        return true;
    }
    if (capacity == ROWS_MOST) {
        return false;
    }
    const Row *old = rows;
    begin(capacity * 2);
    for (uint32_t at = 0; at < capacity / 2; at++) {
        if (old[at].address != 0) {
            *row_of(old[at].address) = old[at];
        }
    }
    return true;
}

static void put(void *block, size_t bytes, uint32_t line)
{
    Row *row = has_room() ? row_of((uintptr_t)block) : NULL;
    if (row == NULL || bytes >> (64 - NODE_BITS) != 0) {
        lost++;
        return;
    }
    if (row->address != 0) { /* its free went past us */
        line_blocks_remove(block);
        row = row_of((uintptr_t)block);
    }
    *row = (Row){(uintptr_t)block, bytes, line};
    used++;
    totals[line].kept += bytes;
    totals[line].blocks++;
}

/* What a block has grown by, if it is one that was counted before. */
static bool count(void *block, size_t bytes, const Row *before)
{
    bool full = false;
    uint32_t line = rows == NULL ? 0 : stack_take_of(is_wanted, &full);
    lost += full;
    if (line == 0) {
        return false;
    }
    if (totals[line].seen) {
        stack_drop(line);
    }
    totals[line].seen = true;
    totals[line].allocations += before == NULL;
    totals[line].allocated += before == NULL ? bytes : bytes > before->bytes ? bytes - before->bytes : 0;
    put(block, bytes, line);
    return true;
}

void line_blocks_add(void *block, size_t bytes)
{
    newest = count(block, bytes, NULL) ? block : NULL;
}

static void uncount(const Row *row)
{
    totals[row->line].allocated -= row->bytes;
    totals[row->line].allocations--;
}

/* CPython 3.11 makes a method for each call of one of C in a thread that is traced, and frees it again. */
static bool is_made_for_tracing(const Row *row)
{
#if PY_VERSION_HEX < 0x030C0000
    const PyObject *object = (PyObject *)(row->address + sizeof(PyGC_Head));
    return row->bytes == sizeof(PyGC_Head) + sizeof(PyCFunctionObject) && object->ob_type == &PyCFunction_Type;
#else
    return false;
#endif
}

void line_blocks_remove(void *block)
{
    Row *row = rows == NULL || block == NULL ? NULL : row_of((uintptr_t)block);
    if (row == NULL || row->address == 0) {
        return;
    }
    if (is_made_for_tracing(row)) {
        uncount(row);
    }
    totals[row->line].kept -= row->bytes;
    totals[row->line].blocks--;
    used--;
    uint32_t gap = (uint32_t)(row - rows), mask = capacity - 1;
    for (uint32_t next = (gap + 1) & mask; rows[next].address != 0; next = (next + 1) & mask) {
        uint32_t home = home_of(rows[next].address);
        if (((next - home) & mask) >= ((next - gap) & mask)) { /* stands behind only because the gap was taken */
            rows[gap] = rows[next];
            gap = next;
        }
    }
    rows[gap].address = 0;
}

/* Resized by code of interest, it is that line's; else it remains whose it was. */
void line_blocks_resize(void *old, void *block, size_t bytes)
{
    Row *row = rows == NULL || old == NULL ? NULL : row_of((uintptr_t)old);
    Row before = row == NULL ? (Row){0} : *row;
    line_blocks_remove(old);
    newest = NULL;
    if (!count(block, bytes, before.address == 0 ? NULL : &before) && before.address != 0) {
        put(block, bytes, (uint32_t)before.line);
    }
}

bool line_blocks_prepare(bool (*wanted)(const PyCodeObject *))
{
    is_wanted = wanted;
    totals = totals == NULL ? memory_map(NODES * sizeof *totals) : totals;
    places = places == NULL ? memory_map(2ul * ROWS_MOST * sizeof *places) : places;
    if (totals == NULL || places == NULL || !stacks_prepare()) {
        return false;
    }
    line_blocks_clear();
    return true;
}

static void give_back(void *pages, size_t bytes)
{
    if (madvise(pages, bytes, MADV_DONTNEED) != 0) {
        memset(pages, 0, bytes);
    }
}

void line_blocks_clear(void)
{
    for (uint32_t line = 1; totals != NULL && line < stacks_end(); line++) {
        if (totals[line].seen) {
            stack_drop(line);
        }
    }
    if (totals != NULL && places != NULL) {
        if (rows != NULL) {
            give_back(totals, NODES * sizeof *totals);
            give_back(places, 2ul * ROWS_MOST * sizeof *places);
        }
        begin(FEWEST_ROWS);
    }
    used = 0;
    lost = 0;
    newest = NULL;
}

bool line_blocks_is_newest(const void *block)
{
    return block != NULL && block == newest;
}

void line_blocks_take_back(const void *block)
{
    const Row *row = rows == NULL || block == NULL ? NULL : row_of((uintptr_t)block);
    if (row != NULL && row->address != 0) {
        uncount(row);
        line_blocks_remove((void *)block);
    }
}

LineTotals line_blocks_of(uint32_t node)
{
    return totals == NULL || node >= NODES ? (LineTotals){0} : totals[node];
}

uint64_t line_blocks_lost(void)
{
    return lost;
}
