#define _GNU_SOURCE
#include "system.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "memory.h"

enum { IO_CLASS_IDLE = 3, IO_CLASS_SHIFT = 13, IO_WHO_PROCESS = 1, NAME_MOST = 256, LISTED_MOST = 4096 };

uint64_t monotonic_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

static bool read_file(const char *path, char *text, size_t room)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    size_t used = 0;
    ssize_t got = 0;
    if (fd < 0) {
        return false;
    }
    while (used < room - 1 && (got = read(fd, text + used, room - 1 - used)) > 0) {
        used += (size_t)got;
    }
    close(fd);
    text[used] = '\0';
    return used > 0;
}

static uint64_t parse_number(const char *text)
{
    uint64_t number = 0;
    while (*text == ' ' || *text == '\t') {
        text++;
    }
    for (; *text >= '0' && *text <= '9'; text++) {
        number = number * 10 + (uint64_t)(*text - '0');
    }
    return number;
}

/* The kilobytes of a line such as "Rss:   123 kB", in bytes; 0 when there is no such line. */
static uint64_t line_bytes(const char *text, const char *name)
{
    for (const char *line = text; line != NULL; line = strchr(line, '\n')) {
        line += *line == '\n';
        if (strncmp(line, name, strlen(name)) == 0) {
            return parse_number(line + strlen(name)) * 1024;
        }
    }
    return 0;
}

static bool read_number(const char *directory, const char *group, const char *file, uint64_t *number)
{
    char path[1024], text[64];
    size_t lengths[] = {strlen(directory), strlen(group), strlen(file)};
    if (lengths[0] + lengths[1] + lengths[2] + 1 > sizeof path) {
        return false;
    }
    memcpy(path, directory, lengths[0]);
    memcpy(path + lengths[0], group, lengths[1]);
    memcpy(path + lengths[0] + lengths[1], file, lengths[2] + 1);
    if (!read_file(path, text, sizeof text)) {
        return false;
    }
    *number = text[0] == 'm' ? 0 : parse_number(text);
    return true;
}

/* Version 2 of cgroups stands as "0::/path", version 1 as "N:memory:/path"; inside a container the path may not be
   visible, then the mount's root is this container's own group. */
static void read_cgroup(ProcessMemory *memory)
{
    char text[4096], *group = NULL;
    const char *mount = "/sys/fs/cgroup", *current = "/memory.current", *limit = "/memory.max";
    if (!read_file("/proc/self/cgroup", text, sizeof text)) {
        return;
    }
    char *first = strstr(text, ":memory:");
    if (first != NULL) {
        mount = "/sys/fs/cgroup/memory";
        current = "/memory.usage_in_bytes";
        limit = "/memory.limit_in_bytes";
        group = first + strlen(":memory:");
    } else if ((first = strstr(text, "0::")) != NULL) {
        group = first + strlen("0::");
    }
    if (group == NULL) {
        return;
    }
    group[strcspn(group, "\n")] = '\0';
    if (!read_number(mount, group, current, &memory->cgroup_current)) {
        group = "";
        if (!read_number(mount, group, current, &memory->cgroup_current)) {
            return;
        }
    }
    memory->has_cgroup = read_number(mount, group, limit, &memory->cgroup_limit);
    if (memory->cgroup_limit >> 62 != 0) {
        memory->cgroup_limit = 0;
    }
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

typedef struct {
    uint64_t inode;
    int64_t offset;
    unsigned short length;
    unsigned char type;
    char name[];
} DirectoryEntry;

static void close_listed_descriptors(void)
{
    char entries[4096];
    int listing = open("/proc/self/fd", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (listing < 0) {
        for (int fd = 1; fd < 4096; fd++) {
            close(fd);
        }
        return;
    }
    for (long got; (got = syscall(SYS_getdents64, listing, entries, sizeof entries)) > 0;) {
        for (long at = 0; at < got; at += ((DirectoryEntry *)(entries + at))->length) {
            const char *name = ((DirectoryEntry *)(entries + at))->name;
            int fd = (int)parse_number(name);
            if (name[0] != '.' && fd != 0 && fd != listing) {
                close(fd);
            }
        }
    }
    close(listing);
}

void keep_only_descriptor(int keep)
{
    if (keep != 0) {
        dup3(keep, 0, O_CLOEXEC);
    }
    if (syscall(SYS_close_range, 1u, ~0u, 0u) != 0) {
        close_listed_descriptors();
    }
}

void become_expendable(unsigned deadline_s)
{
    struct rlimit no_core = {0, 0};
    sigset_t alarm_only;
    prctl(PR_SET_NAME, "heapdiff-child");
    prctl(PR_SET_DUMPABLE, 1);
    int fd = open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);
    if (fd >= 0) {
        ssize_t ignored = write(fd, "1000", 4);
        (void)ignored;
        close(fd);
    }
    setrlimit(RLIMIT_CORE, &no_core);
    setpriority(PRIO_PROCESS, 0, 10);
    syscall(SYS_ioprio_set, IO_WHO_PROCESS, 0, IO_CLASS_IDLE << IO_CLASS_SHIFT);
    signal(SIGALRM, SIG_DFL);
    sigemptyset(&alarm_only);
    sigaddset(&alarm_only, SIGALRM);
    sigprocmask(SIG_UNBLOCK, &alarm_only, NULL);
    alarm(deadline_s);
}

int open_private_directory(const char *path, const char **reason)
{
    struct stat about;
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
    }
    if (*reason != NULL) {
        close(fd);
        return -1;
    }
    return fd;
}

static int by_name(const void *left, const void *right)
{
    return strcmp(left, right);
}

/* In place and without malloc, which qsort may use. */
static void sort_names(char (*names)[NAME_MOST], size_t count)
{
    char held[NAME_MOST];
    for (size_t gap = count / 2; gap > 0; gap /= 2) {
        for (size_t i = gap; i < count; i++) {
            size_t at = i;
            memcpy(held, names[i], NAME_MOST);
            for (; at >= gap && by_name(names[at - gap], held) > 0; at -= gap) {
                memcpy(names[at], names[at - gap], NAME_MOST);
            }
            memcpy(names[at], held, NAME_MOST);
        }
    }
}

void prune_snapshots(int directory, const char *prefix, unsigned keep)
{
    static const char suffix[] = ".json";
    char entries[4096], (*names)[NAME_MOST] = memory_map((size_t)LISTED_MOST * NAME_MOST);
    size_t count = 0, prefix_length = strlen(prefix);
    int listing = openat(directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (names == NULL || listing < 0) {
        return;
    }
    for (long got; (got = syscall(SYS_getdents64, listing, entries, sizeof entries)) > 0;) {
        for (long at = 0; at < got; at += ((DirectoryEntry *)(entries + at))->length) {
            const char *name = ((DirectoryEntry *)(entries + at))->name;
            size_t length = strlen(name);
            if (length < NAME_MOST && length > prefix_length + sizeof suffix && count < LISTED_MOST
                && strncmp(name, prefix, prefix_length) == 0
                && strcmp(name + length - (sizeof suffix - 1), suffix) == 0) {
                memcpy(names[count++], name, length + 1);
            }
        }
    }
    close(listing);
    sort_names(names, count);
    for (size_t i = 0; keep > 0 && count > keep && i < count - keep; i++) {
        unlinkat(directory, names[i], 0);
        memcpy(names[i] + strlen(names[i]) - (sizeof suffix - 1), ".heap", sizeof suffix);
        unlinkat(directory, names[i], 0);
    }
    memory_unmap(names, (size_t)LISTED_MOST * NAME_MOST);
}
