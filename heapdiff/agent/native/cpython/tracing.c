#define _GNU_SOURCE
#include "cpython/tracing.h"

#if PY_VERSION_HEX >= 0x030C0000
void tracing_prepare(void)
{
}

const _Py_hashtable_t *traced_blocks(void)
{
    return _PyRuntime.tracemalloc.traces;
}
#else
#include <link.h>
#include <stddef.h>

#include "platform/memory.h"

static void *const *statics, *const *statics_end; /* those that begin as 0 */

static int find_statics(struct dl_phdr_info *library, size_t bytes, void *unused)
{
    (void)bytes;
    (void)unused;
    uintptr_t known = (uintptr_t)&_Py_tracemalloc_config;
    for (int i = 0; i < library->dlpi_phnum; i++) {
        const ElfW(Phdr) *part = &library->dlpi_phdr[i];
        uintptr_t start = library->dlpi_addr + part->p_vaddr;
        if (part->p_type == PT_LOAD && known >= start && known < start + part->p_memsz) {
            statics = (void *const *)((start + part->p_filesz + sizeof *statics - 1) / sizeof *statics * sizeof *statics);
            statics_end = (void *const *)((start + part->p_memsz) / sizeof *statics * sizeof *statics);
            return 1;
        }
    }
    return 0;
}

void tracing_prepare(void)
{
    dl_iterate_phdr(find_statics, NULL);
}

/* Of all the tables that CPython itself keeps, only this one has pointers as keys and memory of its own. Most of what is looked at
   is something else, which may be smaller or can't be read at all. */
static bool is_table(const void *place)
{
    _Py_hashtable_t table;
    return place != NULL && (uintptr_t)place % _Alignof(max_align_t) == 0 && memory_peek(place, &table, sizeof table)
        && table.hash_func == _Py_hashtable_hash_ptr && table.compare_func == _Py_hashtable_compare_direct
        && table.key_destroy_func == NULL && table.alloc.malloc != PyMem_Malloc;
}

const _Py_hashtable_t *traced_blocks(void)
{
    static const _Py_hashtable_t *found;
    for (void *const *at = statics; found == NULL && at < statics_end; at++) {
        if (is_table(*at)) {
            found = *at;
        }
    }
    return found;
}
#endif
