/* What is asked of one capture, and what holds for all of them. */
#ifndef HEAPDIFF_REQUEST_H
#define HEAPDIFF_REQUEST_H

#include <stdbool.h>
#include <stdint.h>

#include "directory/registry.h"
#include "directory/stem.h"

enum { PATH_MOST = 4096, ERROR_MOST = 512 };

typedef struct {
    char directory[PATH_MOST], version[64], server[64], started_at[64], host[128];
    char *argv_json;
    unsigned keep, deadline_s;
} CaptureSettings;

typedef struct {
    char trigger[16], directory[PATH_MOST], stem[STEM_MOST];
    Wish wish;
    bool wish_left;                /* the client could not say more than the signal: see the file that it left */
    unsigned deadline_s;           /* 0: as configured */
} CaptureRequest;

/* What snapshots may take: bytes of the directory (0: no limit), and only what headroom there is. */
typedef struct {
    uint64_t max_bytes;
    bool headroom;
} CaptureBounds;

#endif
