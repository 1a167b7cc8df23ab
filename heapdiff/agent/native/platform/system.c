#define _GNU_SOURCE
#include "platform/system.h"

#include <fcntl.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "platform/cgroup.h"
#include "platform/files.h"
#include "platform/place.h"

static void read_cgroup(ProcessMemory *memory)
{
    MemoryLevel own = cgroup_own();
    memory->has_cgroup = own.known;
    memory->cgroup_current = own.current;
    memory->cgroup_limit = own.limit;
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
        memory->private_bytes = line_bytes(text, "Private_Clean:") + line_bytes(text, "Private_Dirty:");
        memory->anonymous = line_bytes(text, "Anonymous:");
        memory->swap = line_bytes(text, "Swap:");
    } else {
        memory->rss = resident_bytes();
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

pid_t bare_fork(void)
{
    return (pid_t)syscall(SYS_clone, 0, NULL, NULL, NULL, NULL);
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

void close_descriptors(void)
{
    if (syscall(SYS_close_range, 0u, ~0u, 0u) != 0) {
        close_listed_descriptors();
    }
}
