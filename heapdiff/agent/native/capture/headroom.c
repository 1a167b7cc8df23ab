#include "capture/headroom.h"

#include <stdio.h>
#include <sys/statvfs.h>
#include <sys/vfs.h>

#include "platform/cgroup.h"

enum { MB = 1000000, TMPFS = 0x01021994, RAMFS = (int)0x858458F6 };

/* What a limit leaves, and what of it each kind of snapshot wants, in bytes. */
typedef struct {
    const char *what, *where, *end;
    double left, wanted[ROOM_NONE];
} Limit;

static double memory_needed(const MemoryNeed *need, const CaptureNeeds *needs, const CaptureSize *size, bool together)
{
    double rss = (double)size->rss, copies = (double)size->history.copied_bytes;
    copies = copies > needs->copies_least ? copies : needs->copies_least;
    return need->bytes + (double)size->tables * need->tables + rss * (need->rss + (together ? need->rss_together : 0))
        + copies * (together ? need->copies_together : need->copies);
}

static double expect_graph(const DiskNeed *need, const CaptureSize *size)
{
    double rss = (double)size->rss, last = (double)size->history.rss;
    if (size->history.graph_bytes == 0 || size->history.rss == 0) {
        return rss * need->first_share;
    }
    return (double)size->history.graph_bytes * (rss > last ? rss / last : 1) * need->margin;
}

/* A file there is memory of whoever writes it, and the kernel cannot take it back. */
static bool is_in_memory(const char *directory)
{
    struct statfs about;
    return statfs(directory, &about) == 0 && ((int)about.f_type == TMPFS || (int)about.f_type == RAMFS);
}

static Limit limit_memory(const CaptureNeeds *needs, const CaptureSize *size)
{
    uint64_t left;
    const char *where;
    const char *end = memory_ends_together();
    bool known = memory_left(&left, &where), together = end != NULL;
    double file = is_in_memory(size->directory) ? expect_graph(&needs->disk, size) : 0;
    return (Limit){
        .what = "memory",
        .where = where,
        .end = together ? end : "",
        .left = known ? (double)left : (double)UINT64_MAX,
        .wanted = {memory_needed(&needs->graph, needs, size, together) + file,
                   memory_needed(&needs->summary, needs, size, together),
                   memory_needed(&needs->tracked, needs, size, together), 0},
    };
}

static Limit limit_disk(const DiskNeed *need, const CaptureSize *size)
{
    struct statvfs disk;
    bool known = statvfs(size->directory, &disk) == 0;
    double block = known ? (double)disk.f_frsize : 0, blocks = known ? (double)disk.f_blocks : 0;
    double reserve = blocks * block * need->reserve_share, least = need->summary_bytes;
    reserve = reserve < need->reserve_most ? reserve : need->reserve_most;
    return (Limit){
        .what = "disk space",
        .where = size->directory,
        .end = " (snapshot --to PATH writes elsewhere)",
        .left = known ? (double)disk.f_bavail * block : (double)UINT64_MAX,
        .wanted = {expect_graph(need, size) + least + reserve, least, least, least},
    };
}

static Room judge(const Limit *limit)
{
    Room room = ROOM_GRAPH;
    while (room < ROOM_NONE && limit->left < limit->wanted[room]) {
        room++;
    }
    return room;
}

Room headroom_judge(const CaptureNeeds *needs, const CaptureSize *size, char *reason, size_t reason_most)
{
    static const char *const whose[] = {"", "a graph", "a full summary", "even a walk", "even a summary"};
    Limit memory = limit_memory(needs, size), disk = limit_disk(&needs->disk, size);
    Limit *tightest = judge(&disk) > judge(&memory) ? &disk : &memory;
    Room room = judge(tightest);
    if (room != ROOM_GRAPH) {
        snprintf(reason, reason_most, "too little %s: %s needs about %.1f MB, %s leaves %.1f MB%s", tightest->what,
                 whose[room], tightest->wanted[room - 1] / MB, tightest->where, tightest->left / MB, tightest->end);
    }
    return room;
}

bool headroom_ends(const CaptureNeeds *needs, const CaptureSize *size)
{
    uint64_t left;
    const char *where;
    double reserve = memory_needed(&needs->reserve, needs, size, memory_ends_together() != NULL);
    return reserve > 0 && memory_left(&left, &where) && (double)left < reserve;
}
