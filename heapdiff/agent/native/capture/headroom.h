/* Whether there is room for a capture: memory for the child, disk for the files. Asked before the fork. */
#pragma once

#include <stddef.h>
#include <stdint.h>

typedef enum { ROOM_GRAPH, ROOM_SUMMARY, ROOM_NONE } Room;

/* What is known of the capture to come. `last_…`: the process's last graph and its RSS then; 0 when there is none. */
typedef struct {
    const char *directory;
    uint64_t rss, last_graph_bytes, last_rss;
} CaptureSize;

/* The figures: `engines/headroom.py` has them and says what they mean. */
typedef struct {
    double bytes, share, share_together;
} MemoryNeed;

typedef struct {
    double first_share, margin, summary_bytes, reserve_share, reserve_most;
} DiskNeed;

typedef struct {
    MemoryNeed graph, summary;
    DiskNeed disk;
} CaptureNeeds;

/* How much of the snapshot there is room for; for less than all of it, the reason, as the end of a sentence. Twin of
   `judge_headroom` in `engines/headroom.py`. */
Room headroom_judge(const CaptureNeeds *needs, const CaptureSize *size, char *reason, size_t reason_most);
