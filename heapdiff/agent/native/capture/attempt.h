/* One capture from the parent's side: where it goes, the fork, and the child's end. */
#pragma once

#include "capture/order.h"
#include "capture/request.h"

typedef struct Attempt Attempt;

/* Who follows a capture under way: hears its name; that it has forked, so that nothing later is in it; then, until the next
   moment, how far it is. */
typedef struct {
    void (*announce)(const char *stem);
    void (*forked)(uint64_t pause_ns);
    void (*tick)(const Attempt *attempt, const CaptureReport *report);
} Listener;

struct Attempt {
    const Listener *listener;
    CaptureSettings settings;
    CaptureRequest request;
    CaptureBounds bounds;
    unsigned sequence;
    uint64_t crash_after;
    CaptureHistory history;      /* of the process's captures; this one adds what it learned */
    uint64_t trigger_rss;        /* resident memory that fires by itself; 0: none does */
    CaptureOrder order;          /* filled by the attempt */
    bool starved;                /* the child ended for want of memory */
    bool repeated;
    char error[ERROR_MOST];
};

/* Takes settings, request and numbers; true when the snapshot is there, or as much of it as there is memory for, else
   `error` says why. `report` is shared memory. */
bool attempt_run(Attempt *attempt, CaptureReport *report);
/* Both parts were measured when they were set, so they fit. */
void attempt_path(char out[PATH_MOST + STEM_MOST + 8], const Attempt *attempt);
