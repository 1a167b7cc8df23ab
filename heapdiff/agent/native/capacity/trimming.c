#include "capacity/trimming.h"

#include <stdlib.h>
#include <string.h>

#include "capacity/malloc_use.h"
#include "platform/clock.h"
#include "platform/system.h"

/* Of glibc; other C libraries have none. */
extern int malloc_trim(size_t) __attribute__((weak));

void trim(Trimming *result)
{
    MallocUse use;
    memset(result, 0, sizeof *result);
    if (!malloc_is_glibc()) {
        return;
    }
    result->free_known = malloc_use(&use);
    result->free_before = use.free_bytes;
    result->rss_before = resident_bytes();
    uint64_t start = monotonic_ns();
    malloc_trim(0);
    result->took_ns = monotonic_ns() - start;
    result->rss_after = resident_bytes();
    malloc_use(&use);
    result->free_after = use.free_bytes;
}
