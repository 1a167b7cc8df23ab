#include "joining/traces.h"

#include "cpython/text.h"
#include "cpython/tracing.h"

enum { LOOKED_AT = 64, CHAIN_MOST = 1 << 16, BUCKETS_MOST = 1 << 30 };

typedef _Py_hashtable_entry_t Entry;

/* As `_Py_hashtable_hash_ptr`. */
static Py_uhash_t hash_of(const void *block)
{
    uintptr_t address = (uintptr_t)block;
    return (Py_uhash_t)(address >> 4 | address << (8 * sizeof address - 4));
}

static Entry *first_in(const _Py_hashtable_t *table, size_t bucket)
{
    return (Entry *)table->buckets[bucket].head;
}

static Entry *next_of(Entry *entry)
{
    return (Entry *)entry->_Py_slist_item.next;
}

#if PY_VERSION_HEX >= 0x030F0000
static bool is_file_name(const char *name)
{
    return name != NULL;
}
#else
static bool is_file_name(PyObject *name)
{
    return is_str(name);
}
#endif

static bool is_as_expected(const _Py_hashtable_t *table, Entry *entry, size_t bucket)
{
    const TracedBlock *block = entry->value;
    const Traceback *stack = block->traceback;
    return entry->key_hash == hash_of(entry->key) && (entry->key_hash & (table->nbuckets - 1)) == bucket
        && block->size < 1ull << 48 && stack != NULL && stack->nframe > 0 && stack->nframe <= stack->total_nframe
        && is_file_name(stack->frames[0].filename) && is_file_name(stack->frames[stack->nframe - 1].filename);
}

static bool is_table_as_expected(const _Py_hashtable_t *table)
{
    if (table == NULL || table->buckets == NULL || table->nbuckets == 0 || table->nbuckets > BUCKETS_MOST
        || (table->nbuckets & (table->nbuckets - 1)) != 0) {
        return false;
    }
    for (size_t bucket = 0, seen = 0; bucket < table->nbuckets && seen < LOOKED_AT; bucket++) {
        for (Entry *entry = first_in(table, bucket); entry != NULL && seen < LOOKED_AT; entry = next_of(entry), seen++) {
            if (!is_as_expected(table, entry, bucket)) {
                return false;
            }
        }
    }
    return true;
}

/* Looked at once, for the process is a copy; a look that crashes ends as one that found nothing. */
static bool can_be_read(void)
{
    static enum { NOT_LOOKED, NO, YES } answer;
    if (answer == NOT_LOOKED) {
        answer = NO;
        answer = is_table_as_expected(traced_blocks()) ? YES : NO;
    }
    return answer == YES;
}

uint64_t traces_count(void)
{
    return tracemalloc_is_tracing() && can_be_read() ? traced_blocks()->nentries : 0;
}

bool traces_are_hidden(void)
{
    return tracemalloc_is_tracing() && !can_be_read();
}

bool trace_find(const void *block, Trace *trace)
{
    const _Py_hashtable_t *table = traced_blocks();
    Entry *entry = first_in(table, hash_of(block) & (table->nbuckets - 1));
    for (unsigned steps = 0; entry != NULL && steps < CHAIN_MOST; steps++, entry = next_of(entry)) {
        if (entry->key == block) {
            const TracedBlock *found = entry->value;
            *trace = (Trace){found->size, found->traceback, found->traceback->nframe};
            return true;
        }
    }
    return false;
}

TraceFrame trace_frame(const Trace *trace, unsigned frame)
{
    const Traceback *stack = trace->stack;
#if PY_VERSION_HEX >= 0x030F0000
    return (TraceFrame){.path = stack->frames[frame].filename, .line = stack->frames[frame].lineno};
#else
    return (TraceFrame){.file = stack->frames[frame].filename, .line = stack->frames[frame].lineno};
#endif
}
