/* Whether there is room for a capture: memory for the child, disk for the files. Asked before the fork, and while it works. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* How much of a snapshot, each less than the one before. Tracked: types of what the collector tracks, found without a set of
   what was seen. Figures: of the process's memory, without a fork. */
typedef enum { ROOM_GRAPH, ROOM_SUMMARY, ROOM_TRACKED, ROOM_FIGURES, ROOM_NONE } Room;

/* What earlier captures of the process cost. 0: there were none. */
typedef struct {
    uint64_t graph_bytes, rss;   /* its last graph, and its RSS then */
    uint64_t copied_bytes;       /* pages that it wrote to while a child shared them */
} CaptureHistory;

/* What is known of the capture to come. */
typedef struct {
    const char *directory;
    uint64_t rss, tables;        /* tables: page tables */
    CaptureHistory history;
} CaptureSize;

/* The figures: `engines/headroom.py` has them and says what they mean. */
typedef struct {
    double bytes, rss, tables, copies, rss_together, copies_together;
} MemoryNeed;

typedef struct {
    double first_share, margin, summary_bytes, reserve_share, reserve_most;
} DiskNeed;

typedef struct {
    MemoryNeed graph, summary, tracked, reserve;
    double copies_least;
    DiskNeed disk;
} CaptureNeeds;

/* How much of the snapshot there is room for; for less than all of it, the reason, as the end of a sentence. Twin of
   `judge_headroom` in `engines/headroom.py`. */
Room headroom_judge(const CaptureNeeds *needs, const CaptureSize *size, char *reason, size_t reason_most);
/* Whether so little memory is left that a child at work should end now. */
bool headroom_ends(const CaptureNeeds *needs, const CaptureSize *size);
