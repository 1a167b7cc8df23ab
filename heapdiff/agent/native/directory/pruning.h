/* Removes the oldest snapshots, so that the directory stays within its count and its bytes. No malloc. */
#pragma once

#include <stdint.h>

typedef struct {
    const char *host;      /* as in names of files: other hosts may share the directory */
    int pid;
    unsigned keep;         /* snapshots of this process; 0: all */
    uint64_t max_bytes;    /* of all this user's snapshots of this host; 0: no limit */
} PruningRules;

/* Never removes the last snapshot of a process that runs, what another user owns, or a file that is no snapshot. */
void prune_snapshots(int directory, const PruningRules *rules);
