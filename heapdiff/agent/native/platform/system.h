/* What the capture asks of Linux about its process: memory, a bare fork, descriptors. No malloc, no stdio. */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

typedef struct {
    uint64_t rss, pss, private_bytes, private_dirty, shared_dirty, anonymous, swap;   /* bytes */
    uint64_t tables;                                      /* page tables, which a fork copies; 0: not known */
    bool has_rollup;
    uint64_t cgroup_current, cgroup_limit, cgroup_reclaimable;   /* limit 0: none */
    bool has_cgroup;
} ProcessMemory;

/* The calling process's memory. */
void read_process_memory(ProcessMemory *memory);
/* RSS without the split by mappings, which takes the kernel longer; 0: not known. */
uint64_t resident_bytes(void);
/* Private pages of the calling process, in bytes. */
uint64_t read_private_bytes(void);
/* Pages that the calling process's threads were given so far by faults without a read from the disk, in bytes. */
uint64_t faulted_bytes(void);

/* Once, while the environment is nobody else's to change. */
void bare_fork_prepare(void);
/* A clone of this process without exit signal, so that no SIGCHLD handler or wait(-1) of the application sees it; where
   that is refused, like fork(2). No at-fork handler runs. The child has no descriptor, and where the kernel can do it,
   had none of the parent's at any moment. 0 in the child, the pid in the parent, -1 with errno. */
pid_t bare_fork(void);

/* Leave the descriptors to the threads and processes that this one shares them with. False where that is refused:
   Docker's rules know no unshare(2), old kernels no close_range(2). */
bool leave_descriptors(void);
/* Kills a child, and takes its memory at once where the kernel can (5.15 on): by itself it may take its time to die. */
void end_process(pid_t child);

/* In the child, as its last step: where the machine or the group has not plenty, gives back its memory while the kernel still
   sees whose it is. One that ends is no process any more for the OOM killer, which then takes another, long before its
   memory is free. */
void give_memory_back(void);

