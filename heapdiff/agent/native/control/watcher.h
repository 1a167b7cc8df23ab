/* The watcher thread: with the signal's handler the only part of the agent that lives on in the worker. No descriptor,
   no Python object, no lock that a signal handler could wait for. */
#ifndef HEAPDIFF_WATCHER_H
#define HEAPDIFF_WATCHER_H

#include "capture/order.h"
#include "control/triggers.h"

enum { PATH_MOST = 4096, ERROR_MOST = 512 };

typedef enum { STATE_IDLE, STATE_RUNNING, STATE_DONE, STATE_FAILED } CaptureState;

typedef struct {
    unsigned ticket;
    CaptureState state;
    char name[STEM_MOST + 8], path[PATH_MOST + STEM_MOST + 8], error[ERROR_MOST];
    uint64_t objects_so_far, objects, pause_ns, walk_ns, private_bytes;
    unsigned captures, failures, refused;
} WatcherStatus;

typedef struct {
    char directory[PATH_MOST], version[64], server[64], started_at[64], host[128];
    char *argv_json;
    unsigned keep, deadline_s;
} WatcherSettings;

typedef struct {
    char trigger[16], label[LABEL_MOST], directory[PATH_MOST], stem[STEM_MOST];
    bool has_label, graph, values;
    bool wish_left;      /* the client could not say more than the signal: see the file that it left */
    unsigned deadline_s;           /* 0: as configured */
} WatcherRequest;

/* What snapshots may take: bytes of the directory (0: no limit), and only what headroom there is. */
typedef struct {
    uint64_t max_bytes;
    bool headroom;
} WatcherBounds;

/* Once per process, before anything else here: 0, or an errno. */
int watcher_prepare(void);
void watcher_configure(const WatcherSettings *settings);
void watcher_bound(const WatcherBounds *bounds);
/* Snapshots that the watcher takes by itself; the same rules again change nothing. */
void watcher_automate(const TriggerRules *rules);
/* 0, or an errno. Needs the GIL only so that calls don't race. */
int watcher_start(void);
/* Asks the thread to end; the caller then joins without the GIL. */
void watcher_stop(void);
/* The ticket, or 0 when a capture runs. */
unsigned watcher_request(const WatcherRequest *request);
void watcher_status(WatcherStatus *status);
bool watcher_is_here(void);
/* Async-signal-safe. */
void watcher_wake(void);
void watcher_guard_handler(double seconds);
void watcher_crash_after(uint64_t records);

/* What a capture under way tells the watcher: its name; then, until the next moment, how far it is. */
void watcher_announce(const char *stem);
typedef struct Attempt Attempt;
void watcher_tick(const Attempt *attempt, const CaptureReport *report);

extern volatile uint64_t watcher_requests_served;
extern volatile bool watcher_counts_requests; /* something in this process or its parent counts them */

#endif
