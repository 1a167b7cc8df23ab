/* Where the instances of a type keep references under a name. */
#pragma once

#include "types/tables.h"

/* Members at fixed offsets, with their names: one layout. */
void find_fields(Tables *tables, TypeInfo *info);
/* Borrowed: what an instance has in a slot of that name, or another member; NULL without one. */
PyObject *member_named(PyObject *object, const char *name);
/* The attributes that instances hold inline: another. */
void find_values(Tables *tables, TypeInfo *info);
