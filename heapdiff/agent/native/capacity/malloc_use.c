#define _GNU_SOURCE
#include "capacity/malloc_use.h"

#include <dlfcn.h>
#include <stddef.h>
#include <string.h>

enum { FILE_MOST = 64 };

/* From glibc 2.33 on, and our wheels run from 2.28 on. */
typedef struct {
    size_t arena, ordblks, smblks, hblks, hblkhd, usmblks, fsmblks, uordblks, fordblks, keepcost;
} MallocInfo;

static bool ask_glibc(uintptr_t mallinfo2, MallocUse *use)
{
    MallocInfo info = ((MallocInfo (*)(void))mallinfo2)();
    *use = (MallocUse){info.uordblks, info.fordblks, info.hblkhd};
    return true;
}

static bool ask_jemalloc(uintptr_t mallctl, MallocUse *use)
{
    int (*ask)(const char *, void *, size_t *, void *, size_t) = (int (*)(const char *, void *, size_t *, void *, size_t))mallctl;
    uint64_t epoch = 1; /* the figures are as old as the last one written */
    size_t allocated, resident, bytes = sizeof allocated;
    if (ask("epoch", NULL, NULL, &epoch, sizeof epoch) != 0 || ask("stats.allocated", &allocated, &bytes, NULL, 0) != 0
        || ask("stats.resident", &resident, &bytes, NULL, 0) != 0) {
        return false;
    }
    *use = (MallocUse){allocated, resident > allocated ? resident - allocated : 0, 0};
    return true;
}

static bool ask_tcmalloc(uintptr_t get_property, MallocUse *use)
{
    int (*ask)(const char *, size_t *) = (int (*)(const char *, size_t *))get_property;
    size_t allocated, heap, unmapped;
    if (!ask("generic.current_allocated_bytes", &allocated) || !ask("generic.heap_size", &heap)
        || !ask("tcmalloc.pageheap_unmapped_bytes", &unmapped)) {
        return false;
    }
    *use = (MallocUse){allocated, heap > allocated + unmapped ? heap - allocated - unmapped : 0, 0};
    return true;
}

/* tcmalloc has glibc's function as well, and says less in it. */
typedef struct {
    const char *kind, *name;
    bool (*ask)(uintptr_t function, MallocUse *use);
} Teller;

static const Teller tellers[] = {
    {"jemalloc", "mallctl", ask_jemalloc},
    {"tcmalloc", "MallocExtension_GetNumericProperty", ask_tcmalloc},
    {"glibc", "mallinfo2", ask_glibc},
};

static struct {
    char file[FILE_MOST];
    bool is_glibc;
    const Teller *teller; /* NULL: nothing tells */
    uintptr_t function;
} allocator;

/* The function with that name, if it's from where malloc is from; 0 otherwise. */
static uintptr_t find_beside(const Dl_info *of_malloc, const char *name)
{
    Dl_info info;
    void *found = dlsym(RTLD_DEFAULT, name);
    return found != NULL && dladdr(found, &info) != 0 && info.dli_fbase == of_malloc->dli_fbase ? (uintptr_t)found : 0;
}

/* An allocator that was loaded before the C library takes malloc over, and the library's own heap stays as it is. Each brings this
   function of malloc's family along; `malloc` itself seems to be the program's own where that takes its address. */
void malloc_prepare(void)
{
    Dl_info of_malloc;
    void *found = dlsym(RTLD_DEFAULT, "malloc_usable_size");
    if (found == NULL || dladdr(found, &of_malloc) == 0 || of_malloc.dli_fname == NULL) {
        return;
    }
    const char *slash = strrchr(of_malloc.dli_fname, '/');
    strncpy(allocator.file, slash == NULL ? of_malloc.dli_fname : slash + 1, sizeof allocator.file - 1);
    allocator.is_glibc = find_beside(&of_malloc, "malloc_trim") != 0;
    for (size_t i = 0; i < sizeof tellers / sizeof tellers[0] && allocator.teller == NULL; i++) {
        allocator.function = find_beside(&of_malloc, tellers[i].name);
        allocator.teller = allocator.function == 0 ? NULL : &tellers[i];
    }
}

const char *malloc_file(void)
{
    return allocator.file;
}

bool malloc_is_glibc(void)
{
    return allocator.is_glibc;
}

const char *malloc_kind(void)
{
    return allocator.teller == NULL ? NULL : allocator.teller->kind;
}

bool malloc_use(MallocUse *use)
{
    *use = (MallocUse){0};
    return allocator.teller != NULL && allocator.teller->ask(allocator.function, use);
}
