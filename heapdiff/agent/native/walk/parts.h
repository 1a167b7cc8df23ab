/* What objects of a kind refer to by members of a fixed set, added to the record being written. */
#pragma once

#include "walk/record.h"

void walk_fields(Walk *walk, PyObject *object);
void walk_managed(Walk *walk, PyObject *object);
void walk_tail_dict(Walk *walk, PyObject *object);
void walk_traverse(Walk *walk, PyObject *object);
void walk_type(Walk *walk, PyTypeObject *type);
void walk_code(Walk *walk, PyCodeObject *code);
void walk_weakref(Walk *walk, PyWeakReference *reference);
void walk_array(Walk *walk, PyObject *object);
