#include "watching/tracked.h"

#include "platform/memory.h"

static bool is_type(const PyTypeObject *address, unsigned long flags)
{
    PyTypeObject type;
    return memory_peek(address, &type, sizeof type) && (type.tp_flags & (Py_TPFLAGS_READY | flags)) == (Py_TPFLAGS_READY | flags);
}

/* What follows the heads of the collector's own lists, in the interpreter or on a stack, has no type. */
static bool is_object(const PyObject *address)
{
    PyObject object, type;
    return memory_peek(address, &object, sizeof object) && Py_REFCNT(&object) > 0 && is_type(Py_TYPE(&object), Py_TPFLAGS_HAVE_GC)
        && memory_peek(Py_TYPE(&object), &type, sizeof type) && is_type(Py_TYPE(&type), Py_TPFLAGS_TYPE_SUBCLASS);
}

/* An object that the collector tracks is the next one of the one before it, and the one before the next one. */
PyObject *tracked_at(uintptr_t address)
{
    PyGC_Head *head = (PyGC_Head *)address - 1, own, next, previous;
    if (address % sizeof(PyGC_Head) != 0 || address < sizeof(PyGC_Head)
        || !memory_peek(head, &own, sizeof own) || !memory_peek(gc_next(&own), &next, sizeof next)
        || !memory_peek(gc_previous(&own), &previous, sizeof previous) || gc_previous(&next) != head || gc_next(&previous) != head || !is_object(gc_object(head))) {
        return NULL;
    }
    return gc_object(head);
}
