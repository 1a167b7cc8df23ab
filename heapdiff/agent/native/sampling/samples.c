#include "sampling/samples.h"

#include <string.h>
#include <sys/mman.h>

#include "platform/memory.h"
#include "sampling/call_stacks.h"

enum { FEWEST_ROWS = 1 << 10, NO_ROW = SAMPLE_ROWS };

uint64_t samples_filter[FILTER_SLOTS / 64];
static Sample *places;    /* of all sizes of the table: one of n rows begins at n, behind all smaller ones */
static uint32_t capacity = FEWEST_ROWS;
static Sample *rows;      /* those in use */
static uint32_t used;

/* The smallest one keeps its pages: to be given one takes longer than all else of a sample. */
static void begin_small(void)
{
    capacity = FEWEST_ROWS;
    used = 0;
    rows = places + capacity;
    memset(rows, 0, capacity * sizeof *rows);
}

bool samples_prepare(void)
{
    if (places == NULL && (places = memory_map(2ul * SAMPLE_ROWS * sizeof *places)) != NULL) {
        begin_small();
    }
    return places != NULL;
}

static uint32_t after(uint32_t row)
{
    return (row + 1) & (capacity - 1);
}

/* By the slot in the filter: those that share one stand together. */
static uint32_t home_of(uintptr_t address)
{
    return (uint32_t)((filter_slot((void *)address) * 0x9E3779B97F4A7C15ull) >> 32) & (capacity - 1);
}

/* The block's row, or the empty one where it would be. */
static uint32_t row_of(uintptr_t address)
{
    uint32_t at = home_of(address);
    for (uint32_t steps = 0; steps < capacity; steps++, at = after(at)) {
        if (rows[at].address == address || rows[at].address == 0) {
            return at;
        }
    }
    return NO_ROW;
}

/* Threads without the GIL look at the filter. */
static void set_filter(const void *block, bool has)
{
    uint32_t slot = filter_slot(block);
    uint64_t *word = &samples_filter[slot / 64], bit = 1ull << (slot % 64);
    __atomic_store_n(word, has ? *word | bit : *word & ~bit, __ATOMIC_RELAXED);
}

static bool shares_slot(const void *block)
{
    uint32_t at = home_of((uintptr_t)block);
    while (rows[at].address != 0 && filter_slot((void *)rows[at].address) != filter_slot(block)) {
        at = after(at);
    }
    return rows[at].address != 0;
}

/* A small table stays in the caches; it moves seldom, and never touches a page that it does not need. */
static void grow(void)
{
    const Sample *old = rows;
    uint32_t count = capacity;
    capacity *= 2;
    rows = places + capacity;
    for (uint32_t at = 0; at < count; at++) {
        if (old[at].address != 0) {
            rows[row_of(old[at].address)] = old[at];
        }
    }
}

bool samples_add(void *block, size_t bytes, uint64_t ns, uint32_t stack)
{
    if (rows != NULL && used * 2 >= capacity && capacity < SAMPLE_ROWS) {
        grow();
    }
    uint32_t at = rows == NULL ? NO_ROW : row_of((uintptr_t)block);
    bool known = at != NO_ROW && rows[at].address != 0;
    if (at == NO_ROW || (!known && used >= SAMPLES_MOST)) {
        stack_drop(stack);
        return false;
    }
    if (known) {
        stack_drop(rows[at].stack);
    } else {
        used++;
        set_filter(block, true);
    }
    rows[at] = (Sample){(uintptr_t)block, bytes, ns, stack};
    return true;
}

/* Moves back what stands behind an emptied row because that one was taken. */
static void close_gap(uint32_t gap)
{
    uint32_t next = after(gap), mask = capacity - 1;
    for (uint32_t steps = 1; steps < capacity && rows[next].address != 0; steps++, next = after(next)) {
        uint32_t home = home_of(rows[next].address);
        if (((next - home) & mask) >= ((next - gap) & mask)) {
            rows[gap] = rows[next];
            gap = next;
        }
    }
    rows[gap].address = 0;
}

void samples_remove(void *block)
{
    uint32_t at = rows == NULL ? NO_ROW : row_of((uintptr_t)block);
    if (at == NO_ROW || rows[at].address == 0) {
        return;
    }
    stack_drop(rows[at].stack);
    used--;
    close_gap(at);
    set_filter(block, shares_slot(block));
}

static void give_back(void *pages, size_t bytes)
{
    if (madvise(pages, bytes, MADV_DONTNEED) != 0) {
        memset(pages, 0, bytes);
    }
}

void samples_clear(void)
{
    for (uint32_t at = 0; used > 0 && at < capacity; at++) {
        if (rows[at].address != 0) {
            stack_drop(rows[at].stack);
        }
    }
    if (rows != NULL) {
        give_back(places + 2ul * FEWEST_ROWS, 2ul * (SAMPLE_ROWS - FEWEST_ROWS) * sizeof *places);
        for (uint32_t word = 0; word < FILTER_SLOTS / 64; word++) {
            __atomic_store_n(&samples_filter[word], 0, __ATOMIC_RELAXED);
        }
        begin_small();
    }
}

uint32_t samples_count(void)
{
    return used;
}

const Sample *samples_find(const void *block)
{
    uint32_t at = rows == NULL || !samples_may_have(block) ? NO_ROW : row_of((uintptr_t)block);
    return at == NO_ROW || rows[at].address == 0 ? NULL : &rows[at];
}

const Sample *samples_at(uint32_t row)
{
    return rows == NULL || row >= capacity || rows[row].address == 0 ? NULL : &rows[row];
}
