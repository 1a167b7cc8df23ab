/* Where the instances of a type keep references under a name. */
#ifndef HEAPDIFF_FIELDS_H
#define HEAPDIFF_FIELDS_H

#include "types/tables.h"

/* Members at fixed offsets, with their names: one layout. */
void find_fields(Tables *tables, TypeInfo *info);
/* The attributes that instances hold inline: another. */
void find_values(Tables *tables, TypeInfo *info);

#endif
