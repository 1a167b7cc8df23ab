/* One object after the other: the record of each, and whatever waits until its turn comes. */
#pragma once

#include "walk/record.h"

/* Its record, or from item `resume` of a long container on a continuation. */
void walk_object(Walk *walk, PyObject *object, uint64_t resume);
/* Everything that waits on the stack. */
void drain(Walk *walk);
