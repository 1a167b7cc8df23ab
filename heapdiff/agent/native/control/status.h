/* What other threads tell the watcher and learn of it: settings, rules, a request, and how far it is. Copied in and out
   under one lock, which nobody holds for longer. */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

#include "capture/attempt.h"
#include "capture/request.h"
#include "control/triggers.h"

typedef enum { STATE_IDLE, STATE_RUNNING, STATE_DONE, STATE_FAILED } CaptureState;

typedef struct {
    unsigned ticket;
    CaptureState state;
    char name[STEM_MOST + 8], path[PATH_MOST + STEM_MOST + 8], error[ERROR_MOST];
    uint64_t objects_so_far, objects, bytes, pause_ns, walk_ns, private_bytes;
    uint64_t paused_ns;          /* by all of them, failed ones too */
    struct timespec captured_at; /* the end of the last one that's there; 0: none is */
    unsigned captures, failures, refused;
} WatcherStatus;

/* Once per process, before anything else here: 0, or an errno. */
int status_prepare(void);

/* For any thread. */
void watcher_configure(const CaptureSettings *settings);
void watcher_bound(const CaptureBounds *bounds);
/* Snapshots that the watcher takes by itself; the same rules again change nothing. */
void watcher_automate(const TriggerRules *rules);
void watcher_crash_after(uint64_t records);
/* The ticket, or 0 when a capture runs. */
unsigned watcher_request(const CaptureRequest *request);
void watcher_status(WatcherStatus *status);
/* Whether a capture runs or is asked for. */
bool status_is_busy(void);

/* For who starts the watcher: after a fork; and so that the rules begin anew. */
void status_forget(void);
void status_renew_rules(void);

/* For the watcher: what is to be done, and what was done. */
bool status_take_request(CaptureRequest *request);
/* Whether they changed, and the requests served until then. */
bool status_take_rules(TriggerRules *rules, uint64_t *requests);
/* Begins a capture that nobody asked for; false when somebody just asked for one. */
bool status_begin(void);
void status_fill(Attempt *attempt);
void status_announce(const char *stem);
/* From now on `pause_ns` of the running capture is known: nothing that happens later is part of it. */
void status_forked(uint64_t pause_ns);
void status_progress(uint64_t objects);
void status_refuse(unsigned requests);
/* `report` NULL: there was no memory for one. */
void status_end(const Attempt *attempt, const CaptureReport *report, bool done);
