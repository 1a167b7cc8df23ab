/* What strings, bytes and numbers hold: users' data, written only on request (`--values`). */
#pragma once

#include "cpython/internals.h"
#include "write/output.h"

enum { VALUE_BYTES_MOST = 100 };

/* A section of rows of a fixed size, and the texts they stand for behind them. */
typedef struct {
    Section section;
    uint32_t rows;
} Values;

bool values_init(Values *values, HeapFile *file);
/* The object's value, if it is of one of the built-in types that have one; false when the file failed. */
bool values_put(Values *values, PyObject *object);
bool values_flush(Values *values);
