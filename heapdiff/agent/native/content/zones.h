/* The tzinfo of a `datetime.datetime` or `time`: no traverse visits it, for neither is tracked by the collector. */
#pragma once

#include <Python.h>

/* Where all that is made from a type may have one; 0 for other types. */
size_t find_zone(PyTypeObject *type);

/* NULL where it is naive. */
PyObject *zone_at(PyObject *time, size_t offset);
