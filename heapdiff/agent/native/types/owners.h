/* Who owns each module, going by where its file is: agent/system/installed.py in C, for the child. */
#pragma once

#include "cpython/internals.h"
#include "write/output.h"

/* Once per process, with the GIL: directories of the standard library, and packages of the application below sites, a
   line each. Until then no module has a row. 0, or -1 with an exception. */
int owners_prepare(const char *standard, const char *own);

/* A module's row, if its owner is known; false when memory ended or the file failed. */
bool put_owner(Section *modules, uint32_t name, PyObject *module);
