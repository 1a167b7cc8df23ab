/* The items of lists, tuples, dicts and sets, added to the record being written, and how many there may be. */
#pragma once

#include "walk/record.h"

/* Long ones are written in pieces. True when a piece is full and the rest waits below its children. */
bool walk_sequence(Walk *walk, PyObject *object, uint64_t from);
/* How many entries a container may have, as a row of a section of its own. */
void put_bound(Walk *walk, PyObject *object, size_t offset);
/* How many bytes of another object's buffer a view shows, likewise. */
void put_view(Walk *walk, PyObject *object, Py_ssize_t bytes);
