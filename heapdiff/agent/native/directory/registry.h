/* The files through which clients in other processes ask and are answered; twin of `registry.py`. */
#ifndef HEAPDIFF_REGISTRY_H
#define HEAPDIFF_REGISTRY_H

#include "control/watcher.h"
#include "platform/place.h"

/* One answer: `state` is done, failed or busy. */
typedef struct {
    unsigned ticket;
    const char *state, *name, *error;
} Outcome;

/* What `heapdiff snapshot --label/--no-graph` left in `.request-PID`: "graph=0|1", newline, label. */
void registry_take_wish(int directory, WatcherRequest *request);
/* The last answer, `.agent-PID.last`. */
void registry_publish(const Place *place, const Outcome *outcome);

#endif
