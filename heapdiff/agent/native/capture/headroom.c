#include "capture/headroom.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/statvfs.h>

#include "platform/cgroup.h"

enum { MIB = 1 << 20 };

typedef struct {
    uint64_t graph, summary;    /* bytes wanted */
} Needs;

/* Buffers and tables; a bit per 16 bytes of the heap, of which each 4 MiB have one hole; pages that the application
   writes to while the child reads them, which are then there twice: as many as in the worst case that was measured,
   where a child that takes too much would not be killed alone. */
static Needs memory_needs(const CaptureSize *size, bool together)
{
    uint64_t twice = together ? size->rss / 5 * 3 : size->rss / 4;
    return (Needs){24ull * MIB + size->rss / 64 + twice, 16ull * MIB + size->rss / 64 + twice / 2};
}

static Needs disk_needs(const CaptureSize *size)
{
    const uint64_t summary = 2ull * MIB;
    if (size->last_graph_bytes == 0 || size->last_rss == 0) {
        return (Needs){size->rss / 6 + summary, summary};
    }
    double growth = size->rss > size->last_rss ? (double)size->rss / (double)size->last_rss : 1.0;
    return (Needs){(uint64_t)((double)size->last_graph_bytes * growth * 1.25) + summary, summary};
}

/* What stays free for others: a twentieth of the file system, 256 MiB at most. */
static uint64_t disk_left(const char *directory, uint64_t *reserve)
{
    struct statvfs disk;
    if (statvfs(directory, &disk) != 0) {
        *reserve = 0;
        return UINT64_MAX;
    }
    uint64_t total = (uint64_t)disk.f_blocks * disk.f_frsize;
    *reserve = total / 20 < 256ull * MIB ? total / 20 : 256ull * MIB;
    return (uint64_t)disk.f_bavail * disk.f_frsize;
}

static Room judge(Needs needs, uint64_t left)
{
    return left >= needs.graph ? ROOM_GRAPH : left >= needs.summary ? ROOM_SUMMARY : ROOM_NONE;
}

/* How long the reason is. */
static size_t explain(char *reason, size_t most, const char *what, const char *where, Needs needs, Room room,
                      uint64_t left)
{
    uint64_t needed = room == ROOM_SUMMARY ? needs.graph : needs.summary;
    snprintf(reason, most, "too little %s: %s needs about %.1f MiB, %s leaves %.1f MiB", what,
             room == ROOM_SUMMARY ? "a graph" : "even a summary", (double)needed / MIB, where, (double)left / MIB);
    return strlen(reason);
}

Room headroom_judge(const CaptureSize *size, char *reason, size_t reason_most)
{
    uint64_t left, reserve;
    const char *where;
    bool together = memory_ends_together();
    Needs memory = memory_needs(size, together), disk = disk_needs(size);
    Room room = memory_left(&left, &where) ? judge(memory, left) : ROOM_GRAPH;
    if (room != ROOM_GRAPH) {
        size_t used = explain(reason, reason_most, "memory", where, memory, room, left);
        snprintf(reason + used, reason_most - used, "%s",
                 together ? ", and the kernel would end the whole group (memory.oom.group)" : "");
    }
    left = disk_left(size->directory, &reserve);
    disk.graph += reserve;
    Room on_disk = judge(disk, left);
    if (on_disk > room) {
        explain(reason, reason_most, "disk space", "the directory's file system", disk, on_disk, left);
        room = on_disk;
    }
    return room;
}
