/* What frames, generators and greenlets refer to, added to the record being written. */
#pragma once

#include "walk/record.h"

/* A running frame, which is no object: a record of its own. */
void walk_frame(Walk *walk, Frame *frame);
void walk_frame_object(Walk *walk, PyFrameObject *object);
void walk_generator(Walk *walk, PyGenObject *generator);
/* The innermost frame of a greenlet that waits; NULL when it runs, ended, or did not begin. */
PyFrameObject *greenlet_frame(Walk *walk, PyObject *greenlet);
