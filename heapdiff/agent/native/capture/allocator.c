#define _GNU_SOURCE
#include "capture/allocator.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "capacity/malloc_use.h"
#include "cpython/internals.h"
#include "platform/memory.h"
#include "platform/system.h"
#include "sampling/hook.h"

enum { STATISTICS_BYTES = 1 << 16, WAITS = 200, WAIT_NS = 5000000, READER_S = 2 };

PyAPI_FUNC(int) _PyObject_DebugMallocStats(FILE *out);

/* The number behind the "=" that follows a label, with its thousands separators; 0 when it is not there. */
static uint64_t number_after(const char *text, const char *label)
{
    uint64_t number = 0;
    const char *at = strstr(text, label);
    at = at == NULL ? NULL : strchr(at, '=');
    if (at == NULL) {
        return 0;
    }
    for (at++; *at == ' ' || *at == ',' || (*at >= '0' && *at <= '9'); at++) {
        if (*at >= '0' && *at <= '9') {
            number = number * 10 + (uint64_t)(*at - '0');
        }
    }
    return number;
}

static void ask_pymalloc(AllocatorUse *use)
{
    hook_remove(); /* of this process: pymalloc says nothing where it isn't called first */
    char *text = memory_map(STATISTICS_BYTES);
    FILE *out = text == NULL ? NULL : fmemopen(text, STATISTICS_BYTES - 1, "w");
    if (out == NULL || !_PyObject_DebugMallocStats(out)) {
        return;
    }
    fflush(out);
    use->arena_bytes = number_after(text, "bytes/arena");
    use->pymalloc_used = number_after(text, "# bytes in allocated blocks");
    use->pymalloc_known = use->arena_bytes > 0;
}

static void ask_malloc(AllocatorUse *use)
{
    MallocUse said;
    use->malloc_known = malloc_use(&said);
    use->malloc_used = said.used_bytes;
    use->malloc_free = said.free_bytes;
    use->malloc_mapped = said.mapped_bytes;
}

void allocator_begin(AllocatorReading *reading)
{
    reading->reader = -1;
    reading->use = mmap(NULL, sizeof *reading->use, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (reading->use == MAP_FAILED) {
        reading->use = NULL;
        return;
    }
    reading->reader = bare_fork();
    if (reading->reader == 0) { /* ends by itself or by its alarm: killed, it would still hold memory, and be no victim */
        alarm(READER_S);
        ask_pymalloc(reading->use);
        ask_malloc(reading->use);
        give_memory_back();
        syscall(SYS_exit_group, 0);
    }
}

AllocatorUse allocator_end(AllocatorReading *reading)
{
    const struct timespec moment = {.tv_nsec = WAIT_NS};
    if (reading->reader > 0) {
        pid_t reaped;
        for (int waits = 0; (reaped = waitpid(reading->reader, NULL, WNOHANG | __WALL)) == 0 && waits < WAITS; waits++) {
            nanosleep(&moment, NULL);
        }
        if (reaped == 0) {
            kill(reading->reader, SIGALRM); /* as if its time were over: it gives its memory back first */
            while (waitpid(reading->reader, NULL, __WALL) < 0 && errno == EINTR) {
            }
        }
        reading->reader = -1;
    }
    return reading->use == NULL ? (AllocatorUse){0} : *reading->use;
}
