/* The watcher thread: with the signal's handler the only part of the agent that lives on in the worker. No descriptor,
   no Python object, no lock that a signal handler could wait for. */
#ifndef HEAPDIFF_WATCHER_H
#define HEAPDIFF_WATCHER_H

#include <stdbool.h>
#include <stdint.h>

#include "capture/request.h"
#include "control/triggers.h"

typedef enum { STATE_IDLE, STATE_RUNNING, STATE_DONE, STATE_FAILED } CaptureState;

typedef struct {
    unsigned ticket;
    CaptureState state;
    char name[STEM_MOST + 8], path[PATH_MOST + STEM_MOST + 8], error[ERROR_MOST];
    uint64_t objects_so_far, objects, pause_ns, walk_ns, private_bytes;
    unsigned captures, failures, refused;
} WatcherStatus;

/* Once per process, before anything else here: 0, or an errno. */
int watcher_prepare(void);
void watcher_configure(const CaptureSettings *settings);
void watcher_bound(const CaptureBounds *bounds);
/* Snapshots that the watcher takes by itself; the same rules again change nothing. */
void watcher_automate(const TriggerRules *rules);
/* 0, or an errno. Needs the GIL only so that calls don't race. */
int watcher_start(void);
/* Asks the thread to end; the caller then joins without the GIL. */
void watcher_stop(void);
/* The ticket, or 0 when a capture runs. */
unsigned watcher_request(const CaptureRequest *request);
void watcher_status(WatcherStatus *status);
void watcher_guard_handler(double seconds);
void watcher_crash_after(uint64_t records);

extern volatile uint64_t watcher_requests_served;
extern volatile bool watcher_counts_requests; /* something in this process or its parent counts them */

#endif
