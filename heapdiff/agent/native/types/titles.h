/* What a type is called: its module and its qualified name, read in place, without asking the type. */
#pragma once

#include "cpython/internals.h"

/* module.qualname into `text`; returns the length of the module part, without the dot, through `module_bytes`. */
size_t type_text(PyTypeObject *type, char *text, size_t room, size_t *module_bytes);
