/* Whether others could put another directory in a path's place. No malloc. */
#pragma once

#include <Python.h>
#include <stdbool.h>
#include <stddef.h>

/* Looks at each directory and link on the way to an absolute path, from the root on: what holds so far can't change under the
   next look. The last part, and whatever is missing, is the caller's. True, and a sentence, where one of them lets others
   replace what stands in it, or can't be looked at. */
bool find_weak_parent(const char *path, char *reason, size_t room);

/* has_access_list(path): for where CPython itself can't look. */
PyObject *has_access_list(PyObject *module, PyObject *path);
