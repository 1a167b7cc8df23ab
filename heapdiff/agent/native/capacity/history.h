/* How the process's resident memory went since it began, in fixed memory: a sample every few seconds at first; when the places
   are all taken every second one is dropped, and the next come half as often. Only for the watcher's thread, and its children. */
#pragma once

#include <stdint.h>

#include "cpython/internals.h"
#include "write/json.h"

#define NO_REQUESTS UINT64_MAX

/* For a process that begins. */
void history_forget(void);
/* Takes a sample where one is due; returns the milliseconds until the next. */
unsigned history_tick(uint64_t now_ns, uint64_t requests);
void history_add(uint64_t at_ns, uint64_t rss_bytes, uint64_t requests);
/* The value of "history", as of a moment; null without a sample. */
void history_json(Text *text, uint64_t now_ns);
/* For tests, in a process without a watcher: the JSON of a history of these (nanosecond, bytes, requests) at a nanosecond. */
PyObject *history_of(PyObject *module, PyObject *args);
