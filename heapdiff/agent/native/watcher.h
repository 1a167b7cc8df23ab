/* Signal handler and watcher thread: the only part of the agent that lives on in the worker. No descriptor, no Python
   object, no lock that a signal handler could wait for. */
#ifndef HEAPDIFF_WATCHER_H
#define HEAPDIFF_WATCHER_H

#include "capture.h"

enum { PATH_MOST = 4096, ERROR_MOST = 512 };

typedef enum { STATE_IDLE, STATE_RUNNING, STATE_DONE, STATE_FAILED } CaptureState;
typedef enum { ARM_ARMED, ARM_ALREADY, ARM_TAKEN, ARM_ERROR } ArmResult;

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
    bool has_label, graph;
} WatcherRequest;

void watcher_configure(const WatcherSettings *settings);
/* 0, or an errno. Needs the GIL only so that calls don't race. */
int watcher_start(void);
/* Asks the thread to end; the caller then joins without the GIL. */
void watcher_stop(void);
/* The ticket, or 0 when a capture runs. */
unsigned watcher_request(const WatcherRequest *request);
void watcher_status(WatcherStatus *status);
ArmResult watcher_arm(int signal_number, bool over_others);
int watcher_armed(void);
void watcher_guard_handler(double seconds);
void watcher_crash_after(uint64_t records);

extern volatile uint64_t watcher_requests_served;

#endif
