/* A semaphore that waits by the clock that nobody sets: glibc's does only from 2.30 on, and our wheels run from 2.28 on. */
#pragma once

#include <stdatomic.h>
#include <stdbool.h>
#include <time.h>

typedef struct {
    atomic_int posts; /* not yet taken */
} Semaphore;

/* May be called in a signal handler. */
void semaphore_post(Semaphore *semaphore);
/* True when a post was taken, false when that moment has come. NULL: whenever it is. */
bool semaphore_await(Semaphore *semaphore, const struct timespec *until);
