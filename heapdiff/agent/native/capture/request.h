/* What is asked of one capture, and what holds for all of them. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "capture/headroom.h"
#include "directory/stem.h"

enum { PATH_MOST = 4096, ERROR_MOST = 512, LABEL_MOST = 1024, DEPLOYMENT_MOST = 4 * 128 + 1 };

/* What a client may want of a snapshot. A plain signal carries none of it. */
typedef struct {
    char label[LABEL_MOST];
    bool has_label, graph, values;
    bool force;                    /* also where room is short */
} Wish;

/* What the process runs and where, in the operator's words, each of up to 128 characters; empty where nothing says so. */
typedef struct {
    char release[DEPLOYMENT_MOST], service[DEPLOYMENT_MOST], environment[DEPLOYMENT_MOST], pod[DEPLOYMENT_MOST];
} Deployment;

typedef struct {
    char directory[PATH_MOST], version[64], server[64], started_at[64], host[128], identity[IDENTITY_MOST];
    char *argv_json;
    Deployment deployment;
    unsigned keep, deadline_s;
    bool hashes;                   /* which strings are equal is written */
} CaptureSettings;

typedef struct {
    char trigger[16], directory[PATH_MOST], stem[STEM_MOST];
    Wish wish;
    unsigned deadline_s;           /* 0: as configured */
} CaptureRequest;

/* What snapshots may take: bytes of the directory (0: no limit), and only what headroom there is. */
typedef struct {
    uint64_t max_bytes;
    bool headroom;
    CaptureNeeds needs;
} CaptureBounds;
