/* The blocks of memory that an object owns: its own, and the buffers it keeps its content in. */
#pragma once

#include "cpython/internals.h"
#include "types/tables.h"

/* Called with the address of each as the allocator gave it out. */
typedef void EachBlock(void *context, const void *block);

/* What the object shares with others is left out: a dict's keys that belong to a class. */
void owned_blocks(PyObject *object, const TypeInfo *info, EachBlock *each, void *context);

static inline const void *own_block(PyObject *object, const TypeInfo *info)
{
    return (char *)object - object_preheader_bytes(info->type);
}
