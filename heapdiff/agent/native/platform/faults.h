/* Crashes of what is read: each costs the step that it happens in, not the whole. */
#pragma once

#include <setjmp.h>
#include <stdbool.h>

/* One for all steps of a process: they may be nested. */
typedef struct {
    sigjmp_buf *innermost;   /* where the step began that runs now; NULL: none does */
} Guard;

/* From here on a crash of this process ends the innermost guarded step. */
void catch_faults(Guard *guard);
/* False when the step crashed. */
bool guard_step(Guard *guard, void (*step)(void *context), void *context);
