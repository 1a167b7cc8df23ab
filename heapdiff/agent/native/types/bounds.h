/* How many entries a deque (`maxlen`) or an `lru_cache` (`maxsize`) may have. */
#pragma once

#include <Python.h>

/* Once per process, with the GIL: where those types keep the number, found by asking a few of each. What is not found
   is left out of snapshots. */
void bounds_prepare(void);

/* The offset of the number in instances of a type; 0: they have none. */
size_t bound_offset(PyTypeObject *type);

/* Negative: without a bound. */
static inline Py_ssize_t bound_of(PyObject *object, size_t offset)
{
    return *(Py_ssize_t *)((char *)object + offset);
}
