#include "cpython/layout.h"

#include <string.h>

#include "platform/memory.h"

#if PY_VERSION_HEX >= 0x030D0000
#include <internal/pycore_runtime.h>

typedef struct {
    const char *name;
    uint64_t here, built;
} Offset;

static const Offset *published_offsets(size_t *count)
{
    static Offset offsets[48];
    const struct _Py_DebugOffsets *here = &_PyRuntime.debug_offsets;
    if (memcmp(here->cookie, "xdebugpy", sizeof here->cookie) != 0) {
        offsets[0] = (Offset){"_Py_DebugOffsets.cookie", 1, 0};
        *count = 1;
        return offsets;
    }
    const Offset all[] = {
        {"version of CPython", here->version >> 16, PY_VERSION_HEX >> 16},
        {"free-threaded build", here->free_threaded, 0},
        {"_PyRuntimeState.interpreters.head", here->runtime_state.interpreters_head,
         offsetof(_PyRuntimeState, interpreters.head)},
        {"PyInterpreterState.next", here->interpreter_state.next, offsetof(PyInterpreterState, next)},
        {"PyInterpreterState.threads.head", here->interpreter_state.threads_head,
         offsetof(PyInterpreterState, threads.head)},
        {"PyInterpreterState.gc", here->interpreter_state.gc, offsetof(PyInterpreterState, gc)},
        {"PyInterpreterState.imports.modules", here->interpreter_state.imports_modules,
         offsetof(PyInterpreterState, imports.modules)},
        {"PyInterpreterState.sysdict", here->interpreter_state.sysdict, offsetof(PyInterpreterState, sysdict)},
        {"PyInterpreterState.builtins", here->interpreter_state.builtins, offsetof(PyInterpreterState, builtins)},
        {"PyThreadState.next", here->thread_state.next, offsetof(PyThreadState, next)},
        {"PyThreadState.interp", here->thread_state.interp, offsetof(PyThreadState, interp)},
        {"PyThreadState.current_frame", here->thread_state.current_frame, offsetof(PyThreadState, current_frame)},
        {"PyThreadState.thread_id", here->thread_state.thread_id, offsetof(PyThreadState, thread_id)},
        {"size of a frame", here->interpreter_frame.size, sizeof(_PyInterpreterFrame)},
        {"frame.previous", here->interpreter_frame.previous, offsetof(_PyInterpreterFrame, previous)},
        {"frame.f_executable", here->interpreter_frame.executable, offsetof(_PyInterpreterFrame, f_executable)},
        {"frame.instr_ptr", here->interpreter_frame.instr_ptr, offsetof(_PyInterpreterFrame, instr_ptr)},
        {"frame.localsplus", here->interpreter_frame.localsplus, offsetof(_PyInterpreterFrame, localsplus)},
        {"frame.owner", here->interpreter_frame.owner, offsetof(_PyInterpreterFrame, owner)},
        {"PyCodeObject.co_filename", here->code_object.filename, offsetof(PyCodeObject, co_filename)},
        {"PyCodeObject.co_qualname", here->code_object.qualname, offsetof(PyCodeObject, co_qualname)},
        {"PyCodeObject.co_linetable", here->code_object.linetable, offsetof(PyCodeObject, co_linetable)},
        {"PyCodeObject.co_argcount", here->code_object.argcount, offsetof(PyCodeObject, co_argcount)},
        {"PyCodeObject.co_localsplusnames", here->code_object.localsplusnames,
         offsetof(PyCodeObject, co_localsplusnames)},
        {"PyCodeObject.co_localspluskinds", here->code_object.localspluskinds,
         offsetof(PyCodeObject, co_localspluskinds)},
        {"PyCodeObject.co_code_adaptive", here->code_object.co_code_adaptive,
         offsetof(PyCodeObject, co_code_adaptive)},
        {"PyObject.ob_type", here->pyobject.ob_type, offsetof(PyObject, ob_type)},
        {"size of a type", here->type_object.size, sizeof(PyTypeObject)},
        {"PyTypeObject.tp_flags", here->type_object.tp_flags, offsetof(PyTypeObject, tp_flags)},
        {"PyTupleObject.ob_item", here->tuple_object.ob_item, offsetof(PyTupleObject, ob_item)},
        {"PyListObject.ob_item", here->list_object.ob_item, offsetof(PyListObject, ob_item)},
        {"size of a dict", here->dict_object.size, sizeof(PyDictObject)},
        {"PyDictObject.ma_keys", here->dict_object.ma_keys, offsetof(PyDictObject, ma_keys)},
        {"PyDictObject.ma_values", here->dict_object.ma_values, offsetof(PyDictObject, ma_values)},
        {"PyLongObject.lv_tag", here->long_object.lv_tag, offsetof(PyLongObject, long_value.lv_tag)},
        {"PyLongObject.ob_digit", here->long_object.ob_digit, offsetof(PyLongObject, long_value.ob_digit)},
        {"PyUnicodeObject.state", here->unicode_object.state, offsetof(PyUnicodeObject, _base._base.state)},
        {"PyUnicodeObject.length", here->unicode_object.length, offsetof(PyUnicodeObject, _base._base.length)},
        {"size of an ASCII str", here->unicode_object.asciiobject_size, sizeof(PyASCIIObject)},
        {"collector.collecting", here->gc.collecting, offsetof(struct _gc_runtime_state, collecting)},
#if PY_VERSION_HEX >= 0x030E0000
        {"frame.stackpointer", here->interpreter_frame.stackpointer, offsetof(_PyInterpreterFrame, stackpointer)},
        {"PySetObject.table", here->set_object.table, offsetof(PySetObject, table)},
        {"PySetObject.mask", here->set_object.mask, offsetof(PySetObject, mask)},
        {"generator.gi_iframe", here->gen_object.gi_iframe, offsetof(PyGenObject, gi_iframe)},
        {"generator.gi_frame_state", here->gen_object.gi_frame_state, offsetof(PyGenObject, gi_frame_state)},
#endif
    };
    _Static_assert(sizeof all <= sizeof offsets, "room for all offsets");
    memcpy(offsets, all, sizeof all);
    *count = sizeof all / sizeof all[0];
    return offsets;
}

PyObject *layout_of(PyObject *module, PyObject *ignored)
{
    size_t count;
    const Offset *offsets = published_offsets(&count);
    PyObject *list = PyList_New((Py_ssize_t)count);
    for (size_t i = 0; list != NULL && i < count; i++) {
        PyObject *row = Py_BuildValue("sKK", offsets[i].name, (unsigned long long)offsets[i].here,
                                      (unsigned long long)offsets[i].built);
        if (row == NULL) {
            Py_CLEAR(list);
        } else {
            PyList_SET_ITEM(list, (Py_ssize_t)i, row);
        }
    }
    return list;
}
#else
PyObject *layout_of(PyObject *module, PyObject *ignored)
{
    return PyList_New(0);
}
#endif

ptrdiff_t lists_shift;

static bool is_ring(const void *head)
{
    PyGC_Head links, next, previous;
    memcpy(&links, head, sizeof links);
    return memory_peek(gc_next(&links), &next, sizeof next) && memory_peek(gc_previous(&links), &previous, sizeof previous)
        && gc_previous(&next) == head && gc_next(&previous) == head;
}

#if PY_VERSION_HEX < 0x030E0000
/* `PyGC_Head` may be aligned to four bytes only, and the lists begin where `debug`, an int, ends. */
void lists_find(PyInterpreterState *interp)
{
    const char *built = (const char *)interp->gc.generations, *packed = (const char *)&interp->gc.debug + sizeof interp->gc.debug;
    lists_shift = !is_ring(built) && is_ring(packed) ? packed - built : 0;
}
#else
void lists_find(PyInterpreterState *interp)
{
    (void)interp;
}
#endif

bool lists_are_rings(PyInterpreterState *interp)
{
    for (int list = 0; list < GC_LISTS; list++) {
        if (!is_ring(gc_list(interp, list))) {
            return false;
        }
    }
    return true;
}
