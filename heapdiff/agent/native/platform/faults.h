/* Crashes of what is read: each costs the step that it happens in, not the walk. */
#ifndef HEAPDIFF_FAULTS_H
#define HEAPDIFF_FAULTS_H

#include "walk/record.h"

typedef void Step(Walk *walk, void *context);

/* From here on a crash of this process ends the innermost guarded step. */
void catch_faults(Walk *walk);
/* False when the step crashed. The record that it was writing is cut back; its header, if that is missing, is owed. */
bool guarded(Walk *walk, Step *step, void *context);

#endif
