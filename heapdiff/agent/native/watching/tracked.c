#define _GNU_SOURCE
#include "watching/tracked.h"

#include <sys/uio.h>
#include <unistd.h>

/* Of this process, wherever that may be: the kernel says where nothing is. */
static bool peek(const void *address, void *to, size_t bytes)
{
    struct iovec here = {to, bytes}, there = {(void *)(uintptr_t)address, bytes};
    return process_vm_readv(getpid(), &here, 1, &there, 1, 0) == (ssize_t)bytes;
}

static bool is_type(const PyTypeObject *address, unsigned long flags)
{
    PyTypeObject type;
    return peek(address, &type, sizeof type) && (type.tp_flags & (Py_TPFLAGS_READY | flags)) == (Py_TPFLAGS_READY | flags);
}

/* What follows the heads of the collector's own lists, in the interpreter or on a stack, has no type. */
static bool is_object(const PyObject *address)
{
    PyObject object, type;
    return peek(address, &object, sizeof object) && Py_REFCNT(&object) > 0 && is_type(Py_TYPE(&object), Py_TPFLAGS_HAVE_GC)
        && peek(Py_TYPE(&object), &type, sizeof type) && is_type(Py_TYPE(&type), Py_TPFLAGS_TYPE_SUBCLASS);
}

/* An object that the collector tracks is the next one of the one before it, and the one before the next one. */
PyObject *tracked_at(uintptr_t address)
{
    PyGC_Head *head = (PyGC_Head *)address - 1, own, next, previous;
    if (address % sizeof(PyGC_Head) != 0 || address < sizeof(PyGC_Head)
        || !peek(head, &own, sizeof own) || !peek(gc_next(&own), &next, sizeof next)
        || !peek(gc_previous(&own), &previous, sizeof previous) || gc_previous(&next) != head || gc_next(&previous) != head || !is_object(gc_object(head))) {
        return NULL;
    }
    return gc_object(head);
}
