/* Arrays that Python lends: their length, item size and alignment are checked before a kernel touches them. */
#pragma once

#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "arrays/wide.h"

/* True when the buffer holds exactly `count` items of `item` bytes; else a ValueError that names it is set. */
bool buffer_fits(const Py_buffer *buffer, size_t item, size_t count, const char *name);

/* True when the buffer holds whole, aligned items; else a ValueError that names it is set. */
bool buffer_aligned(const Py_buffer *buffer, size_t item, const char *name);

static inline size_t buffer_count(const Py_buffer *buffer, size_t item)
{
    return (size_t)buffer->len / item;
}

/* Releases each, also those that were never filled. */
void buffers_release(Py_buffer *buffers, size_t count);

/* Bytes of the nodes, u32, and of their numbers, i64; NULL with an error set when memory ran out. */
PyObject *wide_pair(const Wide *wide);
