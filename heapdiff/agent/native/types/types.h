/* How instances of a type are walked and sized, decided once per type. */
#ifndef HEAPDIFF_TYPES_H
#define HEAPDIFF_TYPES_H

#include "types/tables.h"
#include "write/format.h"

/* The stable heads of NumPy's array and its dtype, the same in NumPy 1 and 2. */
typedef struct {
    PyObject_HEAD
    char *data;
    int dimensions;
    Py_ssize_t *shape, *strides;
    PyObject *base, *dtype;
} NumpyArray;

typedef struct {
    PyObject_HEAD
    PyTypeObject *scalar;
    char kind, code, byte_order, flags;
    int number;
} NumpyDType;

/* Members at fixed offsets, with their names: one layout. */
void find_fields(Tables *tables, TypeInfo *info);

/* tables.c: a layout of `count` entries, to be followed by as many entries; 0 when there is no room. */
uint32_t begin_layout(Tables *tables, size_t count);
void layout_entry(Tables *tables, enum EdgeKind kind, uint32_t name);
/* The layout of the attributes that instances hold inline. */
void values_layout(Tables *tables, TypeInfo *info);

#endif
