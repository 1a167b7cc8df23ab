/* Who owns each module, going by where its file is: agent/system/installed.py in C, for the child. */
#pragma once

#include "cpython/internals.h"
#include "write/output.h"

/* Once per process: directories of the standard library, and packages of the application below sites, a line each. Until
   then no module has a row. */
PyObject *owners_prepare(PyObject *module, PyObject *args);

enum { PLACE_MOST = 4096 }; /* the longest path that is looked at */

typedef struct {
    int owner;            /* 0: unknown */
    size_t below;         /* in the path, what is below a site or the standard library; 0: neither is in it */
    size_t package_bytes; /* of what is below, a distribution's package */
} Ownership;

Ownership owner_of_path(const char *path, size_t bytes);

/* A module's row, if its owner is known; false when memory ended or the file failed. */
bool put_owner(Section *modules, uint32_t name, PyObject *module);
