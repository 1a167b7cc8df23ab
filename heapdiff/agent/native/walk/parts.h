/* What each kind of object refers to, added to the record being written. */
#ifndef HEAPDIFF_PARTS_H
#define HEAPDIFF_PARTS_H

#include "walk/record.h"

/* parts.c */
void walk_fields(Walk *walk, PyObject *object);
void walk_managed(Walk *walk, PyObject *object);
void walk_tail_dict(Walk *walk, PyObject *object);
void walk_traverse(Walk *walk, PyObject *object);
void walk_type(Walk *walk, PyTypeObject *type);
void walk_code(Walk *walk, PyCodeObject *code);
void walk_weakref(Walk *walk, PyWeakReference *reference);
void walk_array(Walk *walk, PyObject *object);

/* frames.c */
void walk_frame(Walk *walk, Frame *frame);
void walk_frame_object(Walk *walk, PyFrameObject *object);
void walk_generator(Walk *walk, PyGenObject *generator);
/* The innermost frame of a greenlet that waits; NULL when it runs, ended, or did not begin. */
PyFrameObject *greenlet_frame(Walk *walk, PyObject *greenlet);

/* containers.c: long ones are written in pieces. True when a piece is full and the rest waits below its children. */
bool walk_sequence(Walk *walk, PyObject *object, uint64_t from);

#endif
