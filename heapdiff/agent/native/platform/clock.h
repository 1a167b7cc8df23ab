/* The time: on the clock that nobody sets, and the date as it stands in names and texts. */
#pragma once

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <time.h>

uint64_t monotonic_ns(void);
/* The same, some milliseconds late and several times as fast. */
uint64_t coarse_ns(void);
/* A moment on the clock that nobody sets, for functions that wait until one. */
struct timespec monotonic_in(uint64_t milliseconds);
/* Whether a thread ended before a moment, and is joined. */
bool await_thread(pthread_t thread, const struct timespec *until);

/* "20261122T140507Z" and "2026-11-22T14:05:07.123456Z"; no tz database, no malloc. */
void format_compact_time(const struct timespec *at, char out[17]);
void format_time(const struct timespec *at, char out[28]);
