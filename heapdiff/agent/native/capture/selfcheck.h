/* Proof at load that this interpreter's internals are where the walk expects them. */
#pragma once

#include "cpython/internals.h"

/* verify(sizes: [(address, bytes)], references: [(owner, name, target)], tracked: [address]) -> None or a reason.
   The walk runs in a forked child, so that wrong offsets can only crash that. */
PyObject *selfcheck_verify(PyObject *module, PyObject *args);
