/* Whether there is room for a capture: memory for the child, disk for the files. Asked before the fork. */
#ifndef HEAPDIFF_HEADROOM_H
#define HEAPDIFF_HEADROOM_H

#include <stddef.h>
#include <stdint.h>

typedef enum { ROOM_GRAPH, ROOM_SUMMARY, ROOM_NONE } Room;

/* What is known of the capture to come. `last_…`: the process's last graph and its RSS then; 0 when there is none. */
typedef struct {
    const char *directory;
    uint64_t rss, last_graph_bytes, last_rss;
} CaptureSize;

/* How much of the snapshot there is room for; for less than all of it, the reason, as the end of a sentence. The
   figures are argued in docs/decisions/0012-headroom.md. */
Room headroom_judge(const CaptureSize *size, char *reason, size_t reason_most);

#endif
