#define _GNU_SOURCE
#include "platform/system.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "platform/cgroup.h"
#include "platform/files.h"

uint64_t monotonic_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

struct timespec monotonic_in(uint64_t milliseconds)
{
    uint64_t at = monotonic_ns() + milliseconds * 1000000u;
    return (struct timespec){.tv_sec = (time_t)(at / 1000000000u), .tv_nsec = (long)(at % 1000000000u)};
}

static void read_cgroup(ProcessMemory *memory)
{
    MemoryLevel own = cgroup_own();
    memory->has_cgroup = own.known;
    memory->cgroup_current = own.current;
    memory->cgroup_limit = own.limit;
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
    } else if (read_file("/proc/self/statm", text, sizeof text) && strchr(text, ' ') != NULL) {
        memory->rss = parse_number(strchr(text, ' ')) * (uint64_t)sysconf(_SC_PAGESIZE);
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

int open_private_directory(const char *path, const char **reason)
{
    struct stat about, parent;
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0 && errno == ENOENT && mkdir(path, 0700) == 0) {
        fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    }
    if (fd < 0) {
        *reason = errno == ELOOP || errno == ENOTDIR ? "it is a symbolic link or no directory" : strerrordesc_np(errno);
        return -1;
    }
    *reason = NULL;
    if (fstat(fd, &about) != 0) {
        *reason = strerrordesc_np(errno);
    } else if (about.st_uid != geteuid()) {
        *reason = "it belongs to another user";
    } else if (about.st_mode & (S_IWGRP | S_IWOTH)) {
        *reason = "others may write to it";
    } else if (fstatat(fd, "..", &parent, 0) == 0 && (parent.st_mode & S_IWOTH) && !(parent.st_mode & S_ISVTX)) {
        *reason = "others may put another directory in its place";
    }
    if (*reason != NULL) {
        close(fd);
        return -1;
    }
    return fd;
}

bool place_take(Place *place, const char *path, int fd)
{
    struct stat about;
    if (fstat(fd, &about) != 0) {
        return false;
    }
    *place = (Place){path, about.st_dev, about.st_ino};
    return true;
}

int place_open(const Place *place)
{
    Place now;
    int fd = open(place->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd >= 0 && (!place_take(&now, place->path, fd) || now.device != place->device || now.inode != place->inode)) {
        close(fd);
        errno = ESTALE;
        fd = -1;
    }
    return fd;
}
