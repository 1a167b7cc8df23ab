/* The files through which clients in other processes ask and are answered; twin of `registry.py`. */
#ifndef HEAPDIFF_REGISTRY_H
#define HEAPDIFF_REGISTRY_H

#include <stdbool.h>

#include "platform/place.h"

enum { LABEL_MOST = 1024 };

/* What a client may wish of a snapshot. */
typedef struct {
    char label[LABEL_MOST];
    bool has_label, graph, values;
} Wish;

/* One answer: `state` is done, failed or busy. */
typedef struct {
    unsigned ticket;
    const char *state, *name, *error;
} Outcome;

/* What `heapdiff snapshot --label/--no-graph` left in `.request-PID`: "graph=0|1", newline, label. Without it the wish
   stays as it is. */
void registry_take_wish(int directory, Wish *wish);
/* The last answer, `.agent-PID.last`. */
void registry_publish(const Place *place, const Outcome *outcome);

#endif
