/* The allocators of Python that we stand before, and those that were there when we came. All here needs the main interpreter's
   GIL. */
#pragma once

#include <Python.h>

enum { OBJ, MEM, RAW, ALLOCATORS };

PyMemAllocatorEx allocator_now(unsigned allocator);
void allocator_set(unsigned allocator, PyMemAllocatorEx functions);

/* A copy that is never written again, the same one for the same functions. NULL when too many different ones were met. */
const PyMemAllocatorEx *original_keep(unsigned allocator, const PyMemAllocatorEx *original);
