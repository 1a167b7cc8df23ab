/* What the capture asks of Linux: /proc, descriptors, priorities, directories. No malloc, no stdio. */
#ifndef HEAPDIFF_SYSTEM_H
#define HEAPDIFF_SYSTEM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <time.h>

typedef struct {
    uint64_t rss, pss, private_bytes, anonymous, swap;   /* bytes */
    bool has_rollup;
    uint64_t cgroup_current, cgroup_limit;                /* limit 0: none */
    bool has_cgroup;
} ProcessMemory;

uint64_t monotonic_ns(void);
/* A moment on the clock that nobody sets, for functions that wait until one. */
struct timespec monotonic_in(uint64_t milliseconds);

/* The calling process's memory. */
void read_process_memory(ProcessMemory *memory);
/* Private pages of the calling process, in bytes. */
uint64_t read_private_bytes(void);

/* A clone of this process without exit signal, so that no SIGCHLD handler or wait(-1) of the application sees it.
   No at-fork handler runs. 0 in the child, the pid in the parent, -1 with errno. */
pid_t bare_fork(void);

/* In the child: the descriptors that the parent had are the parent's. */
void close_descriptors(void);

/* Opens a directory that belongs to this user alone; -1 and a reason (static text) when it is not, or errno's. Made
   with mode 0700 when only its last part is missing. */
int open_private_directory(const char *path, const char **reason);

/* A directory that was opened once and is held by its name since: a descriptor that stays open in the application's
   table could be inherited by its children, closed by it, or replaced. `path` NULL: none. */
typedef struct {
    const char *path;
    dev_t device;
    ino_t inode;
} Place;

/* False with errno when the descriptor is none. */
bool place_take(Place *place, const char *path, int fd);
/* A descriptor for a moment; -1 with errno, ESTALE when another directory has that name now. */
int place_open(const Place *place);

/* As the kernel's getdents64 writes it: readdir(3) would allocate. */
typedef struct {
    uint64_t inode;
    int64_t offset;
    unsigned short length;
    unsigned char type;
    char name[];
} DirectoryEntry;

#endif
