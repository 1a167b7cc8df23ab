/* Where the instances of a type keep references under a name. */
#pragma once

#include "types/tables.h"

/* Members at fixed offsets, with their names: one layout. */
void find_fields(Tables *tables, TypeInfo *info);
/* The attributes that instances hold inline: another. */
void find_values(Tables *tables, TypeInfo *info);
