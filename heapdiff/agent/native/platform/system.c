#define _GNU_SOURCE
#include "platform/system.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "platform/cgroup.h"
#include "platform/files.h"
#include "platform/place.h"

enum { UNSHARE = 2, PIDFD_OPEN = 434, PROCESS_MRELEASE = 448 }; /* CLOSE_RANGE_UNSHARE and numbers that older headers lack */
enum { GIVEN_LEAST = 1 << 19, STACK_MOST = 1 << 21 };

static bool plain_only;

static void read_cgroup(ProcessMemory *memory)
{
    MemoryLevel own = cgroup_own();
    memory->has_cgroup = own.known;
    memory->cgroup_current = own.current;
    memory->cgroup_limit = own.limit;
    memory->cgroup_reclaimable = own.reclaimable;
}

uint64_t resident_bytes(void)
{
    char text[256];
    const char *second = read_file("/proc/self/statm", text, sizeof text) ? strchr(text, ' ') : NULL;
    return second == NULL ? 0 : parse_number(second) * (uint64_t)sysconf(_SC_PAGESIZE);
}

void read_process_memory(ProcessMemory *memory)
{
    char text[4096];
    memset(memory, 0, sizeof *memory);
    memory->has_rollup = read_file("/proc/self/smaps_rollup", text, sizeof text);
    if (memory->has_rollup) {
        memory->rss = line_bytes(text, "Rss:");
        memory->pss = line_bytes(text, "Pss:");
        memory->private_dirty = line_bytes(text, "Private_Dirty:");
        memory->private_bytes = line_bytes(text, "Private_Clean:") + memory->private_dirty;
        memory->shared_dirty = line_bytes(text, "Shared_Dirty:");
        memory->anonymous = line_bytes(text, "Anonymous:");
        memory->swap = line_bytes(text, "Swap:");
    } else {
        memory->rss = resident_bytes();
    }
    if (read_file("/proc/self/status", text, sizeof text)) {
        memory->tables = line_bytes(text, "VmPTE:");
    }
    read_cgroup(memory);
}

uint64_t read_private_bytes(void)
{
    char text[4096];
    if (!read_file("/proc/self/smaps_rollup", text, sizeof text)) {
        return 0;
    }
    return line_bytes(text, "Private_Clean:") + line_bytes(text, "Private_Dirty:");
}

uint64_t faulted_bytes(void)
{
    struct rusage used;
    return getrusage(RUSAGE_SELF, &used) == 0 ? (uint64_t)used.ru_minflt * (uint64_t)sysconf(_SC_PAGESIZE) : 0;
}

static void close_listed_descriptors(void)
{
    char entries[4096];
    int listing = open("/proc/thread-self/fd", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (listing < 0) {
        for (int fd = 0; fd < 4096; fd++) {
            close(fd);
        }
        return;
    }
    for (long got; (got = syscall(SYS_getdents64, listing, entries, sizeof entries)) > 0;) {
        for (long at = 0; at < got; at += ((DirectoryEntry *)(entries + at))->length) {
            const char *name = ((DirectoryEntry *)(entries + at))->name;
            int fd = (int)parse_number(name);
            if (name[0] != '.' && fd != listing) {
                close(fd);
            }
        }
    }
    close(listing);
}

/* In place: an emulator has a thread in the child, which would keep those that were only left to it. */
static void close_descriptors(void)
{
    if (syscall(SYS_close_range, 0u, ~0u, 0u) != 0) {
        close_listed_descriptors();
    }
}

bool leave_descriptors(void)
{
    if (syscall(SYS_close_range, 0u, ~0u, UNSHARE) == 0) {
        return true;
    }
    if (unshare(CLONE_FILES) != 0) {
        return false;
    }
    close_listed_descriptors();
    return true;
}

/* The same two calls where they change nothing: no such range, nothing to leave. */
static bool may_leave_descriptors(void)
{
    return (syscall(SYS_close_range, 1u, 0u, UNSHARE) < 0 && errno == EINVAL) || unshare(0) == 0;
}

void bare_fork_prepare(void)
{
    const char *preloaded = getenv("LD_PRELOAD");
    plain_only = preloaded != NULL && strstr(preloaded, "vgpreload") != NULL;
}

/* The best way that is not refused: valgrind knows only those without CLONE_FILES, qemu-user only fork(2)'s own. */
static pid_t clone_best(bool *shares)
{
    static const unsigned long ways[] = {CLONE_FILES, 0, SIGCHLD};
    size_t way = plain_only || !may_leave_descriptors();
    pid_t child;
    do {
        *shares = ways[way] == CLONE_FILES;
        child = (pid_t)syscall(SYS_clone, ways[way], NULL, NULL, NULL, NULL);
    } while (child < 0 && (errno == EINVAL || errno == EPERM || errno == ENOSYS) && ways[way++] != SIGCHLD);
    return child;
}

/* musl's raise(), and so abort(), asks the thread's own struct for its number: in a child that's the parent's, whose thread would
 * get the signal. It stands before errno there; NULL if it doesn't. */
static pid_t *find_own_number(void)
{
#ifndef __GLIBC__
    pid_t *number = &errno - 1;
    if (*number == (pid_t)syscall(SYS_gettid)) {
        return number;
    }
#endif
    return NULL;
}

pid_t bare_fork(void)
{
    pid_t *number = find_own_number();
    sigset_t all, before;
    bool shares;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before); /* a handler would run in a child that can still close what is not its own */
    pid_t child = clone_best(&shares);
    if (child == 0 && number != NULL) {
        *number = (pid_t)syscall(SYS_gettid);
    }
    if (child == 0 && !shares) {
        close_descriptors();
    } else if (child == 0 && !leave_descriptors()) {
        syscall(SYS_exit_group, 0);
    }
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return child;
}

void end_process(pid_t child)
{
    int handle = (int)syscall(PIDFD_OPEN, child, 0);
    kill(child, SIGKILL);
    if (handle >= 0) {
        syscall(PROCESS_MRELEASE, handle, 0);
        close(handle);
    }
}

static uintptr_t parse_hex(const char **at)
{
    uintptr_t number = 0;
    for (int digit; (digit = **at >= 'a' ? **at - 'a' + 10 : **at - '0') >= 0 && digit < 16; ++*at) {
        number = number << 4 | (uintptr_t)digit;
    }
    return number;
}

static void give_back(uintptr_t start, uintptr_t end)
{
    if (start < end && end - start >= GIVEN_LEAST) {
        madvise((void *)start, end - start, MADV_DONTNEED);
    }
}

/* "START-END rw-p OFFSET DEVICE INODE [NAME]": memory of a heap, but for the stack that this runs on. */
static void give_mapping_back(const char *line)
{
    uintptr_t start = parse_hex(&line), end = *line == '-' ? (line++, parse_hex(&line)) : 0, here = (uintptr_t)&start;
    const char *name = strchr(line, '[');
    bool heap = name == NULL || strncmp(name, "[heap]", 6) == 0 || strncmp(name, "[anon", 5) == 0;
    if (strncmp(line, " rw-p 00000000 00:00 0", 22) != 0 || !heap) {
        return;
    }
    if (here < start || here >= end) {
        give_back(start, end);
    } else {
        give_back(start, here - STACK_MOST);
        give_back(here + STACK_MOST, end);
    }
}

void give_memory_back(void)
{
    char text[4096];
    size_t used = 0;
    int fd = memory_is_plenty() ? -1 : open("/proc/self/maps", O_RDONLY | O_CLOEXEC);
    for (long got; fd >= 0 && (got = syscall(SYS_read, fd, text + used, sizeof text - 1 - used)) > 0;) {
        char *line = text, *end;
        text[used + (size_t)got] = '\0';
        for (; (end = strchr(line, '\n')) != NULL; line = end + 1) {
            *end = '\0';
            give_mapping_back(line);
        }
        used = strlen(line);
        memmove(text, line, used);
    }
}
