#include "capture/headroom.h"

#include <stdbool.h>
#include <stdio.h>
#include <sys/statvfs.h>

#include "platform/cgroup.h"

enum { MEGABYTE = 1000000 };

/* What a limit leaves, and what of it is wanted, in bytes. */
typedef struct {
    const char *what, *where, *end;
    double left, graph, summary;
} Limit;

static Limit limit_memory(const CaptureNeeds *needs, double rss)
{
    uint64_t left;
    const char *where;
    bool known = memory_left(&left, &where), together = memory_ends_together();
    const MemoryNeed *graph = &needs->graph, *summary = &needs->summary;
    return (Limit){
        .what = "memory",
        .where = where,
        .end = together ? ", and the kernel would end the whole group (memory.oom.group)" : "",
        .left = known ? (double)left : (double)UINT64_MAX,
        .graph = graph->bytes + rss * (together ? graph->share_together : graph->share),
        .summary = summary->bytes + rss * (together ? summary->share_together : summary->share),
    };
}

static Limit limit_disk(const DiskNeed *need, const CaptureSize *size)
{
    struct statvfs disk;
    bool known = statvfs(size->directory, &disk) == 0;
    double block = known ? (double)disk.f_frsize : 0, blocks = known ? (double)disk.f_blocks : 0;
    double reserve = blocks * block * need->reserve_share;
    double rss = (double)size->rss, last = (double)size->last_rss, graph = rss * need->first_share;
    if (size->last_graph_bytes != 0 && size->last_rss != 0) {
        graph = (double)size->last_graph_bytes * (rss > last ? rss / last : 1) * need->margin;
    }
    return (Limit){
        .what = "disk space",
        .where = size->directory,
        .end = " (snapshot --to PATH writes elsewhere)",
        .left = known ? (double)disk.f_bavail * block : (double)UINT64_MAX,
        .graph = graph + need->summary_bytes + (reserve < need->reserve_most ? reserve : need->reserve_most),
        .summary = need->summary_bytes,
    };
}

static Room judge(const Limit *limit)
{
    return limit->left >= limit->graph ? ROOM_GRAPH : limit->left >= limit->summary ? ROOM_SUMMARY : ROOM_NONE;
}

Room headroom_judge(const CaptureNeeds *needs, const CaptureSize *size, char *reason, size_t reason_most)
{
    Limit memory = limit_memory(needs, (double)size->rss), disk = limit_disk(&needs->disk, size);
    Limit *tightest = judge(&disk) > judge(&memory) ? &disk : &memory;
    Room room = judge(tightest);
    if (room != ROOM_GRAPH) {
        snprintf(reason, reason_most, "too little %s: %s needs about %.1f MB, %s leaves %.1f MB%s", tightest->what,
                 room == ROOM_SUMMARY ? "a graph" : "even a summary",
                 (room == ROOM_SUMMARY ? tightest->graph : tightest->summary) / MEGABYTE, tightest->where,
                 tightest->left / MEGABYTE, tightest->end);
    }
    return room;
}
