/* An object by an address that somebody names: nothing is read there that the kernel doesn't say is there. */
#pragma once

#include "cpython/internals.h"

/* Borrowed; NULL where the collector tracks no object. */
PyObject *tracked_at(uintptr_t address);
