/* How much memory an object takes itself. */
#pragma once

#include "types/tables.h"

/* How to size instances: natively, or by the first C-level __sizeof__ along the method resolution order. */
void find_size(TypeInfo *info);
size_t shallow_bytes(TypeInfo *info, PyObject *object);
