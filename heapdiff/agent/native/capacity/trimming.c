#define _GNU_SOURCE
#include "capacity/trimming.h"

#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>

#include "capacity/malloc_use.h"
#include "platform/clock.h"
#include "platform/system.h"

/* Of glibc; other C libraries have none. */
extern int malloc_trim(size_t) __attribute__((weak));

/* An allocator that was loaded before the C library takes malloc over, and its own memory stays as it is. Each brings this function
   of malloc's family along; `malloc` itself seems to be the program's own where that takes its address. */
static void name_allocator(Trimming *result)
{
    Dl_info of_malloc, of_trim;
    void *found = dlsym(RTLD_DEFAULT, "malloc_usable_size");
    if (found == NULL || dladdr(found, &of_malloc) == 0 || of_malloc.dli_fname == NULL) {
        return;
    }
    const char *slash = strrchr(of_malloc.dli_fname, '/');
    strncpy(result->allocator, slash == NULL ? of_malloc.dli_fname : slash + 1, sizeof result->allocator - 1);
    result->is_glibc = malloc_trim != NULL && dladdr((void *)(uintptr_t)malloc_trim, &of_trim) != 0
        && of_trim.dli_fbase == of_malloc.dli_fbase;
}

void trim(Trimming *result)
{
    MallocUse use;
    memset(result, 0, sizeof *result);
    name_allocator(result);
    if (!result->is_glibc) {
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
