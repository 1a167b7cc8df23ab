/* How many entries a deque (`maxlen`) or an `lru_cache` (`maxsize`) may have, and how often one of the latter had what was asked for. */
#pragma once

#include <Python.h>

#include <stdbool.h>

/* Offsets of numbers in instances. */
typedef struct {
    size_t bound, hits, misses;   /* 0: none */
} Counters;

/* Once per process, with the GIL: where those types keep their numbers, found by asking a few of each. What is not found
   is left out of snapshots. */
void bounds_prepare(void);

/* All 0 for other types. */
Counters counters_of(PyTypeObject *type);

/* A bound below 0 is none. */
static inline Py_ssize_t number_at(PyObject *object, size_t offset)
{
    return *(Py_ssize_t *)((char *)object + offset);
}
