/* What the parent hands over to the capturing child, and what the child reports. */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

#include "capture/allocator.h"
#include "capture/headroom.h"
#include "capture/request.h"
#include "cpython/collector.h"
#include "directory/stem.h"
#include "platform/place.h"
#include "platform/system.h"
#include "walk/options.h"

enum { NOTE_MOST = 768 };

/* Set by the parent before the fork; the child reads its own copy. The summary's partial file is there already. */
typedef struct {
    Place place;
    char stem[STEM_MOST];
    char label[LABEL_MOST];
    char note[NOTE_MOST];           /* what the snapshot lacks and why; empty */
    bool has_label, values, hashes;
    Room room;                      /* how much is written */
    const char *trigger, *version, *server, *argv_json, *started_at, *host, *identity;
    const Deployment *deployment;
    unsigned keep, deadline_s;
    uint64_t max_bytes;
    int pid, parent_pid;
    uint64_t crash_after;
    ProcessMemory memory;
    struct timespec captured_at;
    uint64_t began_ns, trigger_rss;   /* resident memory that fires by itself; 0: none does */
} CaptureOrder;

/* In memory that parent and child share. */
typedef struct {
    volatile bool apart;            /* the child has left the application's descriptors */
    volatile int done, error;       /* error: an errno, or -1 with `reason` */
    char reason[160];
    WalkProgress progress;
    volatile uint64_t pause_ns;     /* written by the parent */
    WalkTotals totals;
    AllocatorUse allocators;
    CollectorState collector;
    uint64_t walk_ns, private_bytes, heap_bytes;
    volatile uint64_t copied_bytes; /* by the parent: pages that it wrote to since the fork */
    unsigned other_interpreters;
    bool traces_hidden;             /* tracemalloc's: who allocated isn't told, though it was recorded */
    volatile bool graph_stands;     /* under its final name */
    volatile bool appears;          /* from now on the summary may be seen under its own */
} CaptureReport;
