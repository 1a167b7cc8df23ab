/* How instances of a type are walked and sized, decided once per type. */
#pragma once

#include "types/tables.h"

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

/* Once per process, with the GIL, before any capture: what later look-ups compare with. 0, or -1 with an exception. */
int types_prepare(void);

TypeInfo *make_type_info(Tables *tables, PyTypeObject *type);

static inline TypeInfo *type_info(Tables *tables, PyTypeObject *type)
{
    TypeInfo **place = &tables->cache[((uintptr_t)type >> 4) % 509];
    if (*place == NULL || (*place)->type != type) {
        TypeInfo *info = make_type_info(tables, type);
        if (info == NULL) {
            return NULL;
        }
        *place = info;
    }
    return *place;
}
