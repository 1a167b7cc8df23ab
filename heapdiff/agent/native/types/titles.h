/* What a type is called: its module and its qualified name, read in place, without asking the type. */
#pragma once

#include "cpython/internals.h"
#include "cpython/text.h"

/* A part that is cut at this length has more characters than a name of code. */
enum { TYPE_PART_MOST = CODE_BYTES_MOST + 4, TYPE_TEXT_MOST = 2 * TYPE_PART_MOST };

/* module.qualname, `<hidden>` in place of what is not code's; returns the length, and that of the module part, without
   the dot, through `module_bytes`. */
size_t type_text(PyTypeObject *type, char text[TYPE_TEXT_MOST], size_t *module_bytes);
