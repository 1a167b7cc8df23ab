/* Removes the oldest snapshots, so that the directory stays within its count and its bytes. No malloc. */
#pragma once

#include <stdint.h>

typedef struct {
    const char *host;      /* as in names of files: other hosts may share the directory */
    const char *identity;  /* this process's, as in summaries */
    unsigned keep;         /* snapshots of this process; 0: all */
    uint64_t max_bytes;    /* of all this user's snapshots of this host; 0: no limit */
} PruningRules;

/* Never removes the last snapshot of a process whose record stands, any snapshot of one elsewhere (another container) whose
   record stands, what another user owns, or a file that is no snapshot. */
void prune_snapshots(int directory, const PruningRules *rules);
