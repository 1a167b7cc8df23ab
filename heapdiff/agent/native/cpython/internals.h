/* Every access to CPython's internals that differs between versions. Holds for 3.11 to 3.15 with the GIL.
 *
 * Nothing else in the agent includes a pycore header. The self-check proves at load that what is read here is right.
 */
#pragma once

#ifndef Py_BUILD_CORE
#define Py_BUILD_CORE 1
#endif
#include <Python.h>
#ifndef __GLIBC__ /* configure sets it with glibc only, and a wheel for musl is compiled with the headers of a CPython for glibc */
#undef PY_HAVE_PERF_TRAMPOLINE
#endif

#include <stdbool.h>
#include <stdint.h>

#if PY_VERSION_HEX < 0x030B0000 || PY_VERSION_HEX >= 0x03100000
#error "heapdiff's native engine knows CPython 3.11 to 3.15"
#endif
#ifdef Py_GIL_DISABLED
#error "heapdiff's native engine needs the GIL"
#endif

#include <internal/pycore_code.h>
#include <internal/pycore_dict.h>
#include <internal/pycore_frame.h>
#include <internal/pycore_gc.h>
#include <internal/pycore_interp.h>
#if PY_VERSION_HEX >= 0x030E0000
#include <internal/pycore_interpframe.h>
#include <internal/pycore_stackref.h>
#endif
#include <internal/pycore_moduleobject.h>
#include <internal/pycore_object.h>
#include <internal/pycore_pymem.h>

#include <structmember.h>

enum { GC_LISTS = 4 };

/* --- forks ------------------------------------------------------------------------------------------------------ */

/* What is called around a fork, each a list or NULL. */
typedef struct {
    PyObject *before, *in_parent, *in_child;
} ForkHooks;

static inline ForkHooks swap_fork_hooks(ForkHooks hooks)
{
    PyInterpreterState *interp = PyInterpreterState_Get();
    ForkHooks replaced = {interp->before_forkers, interp->after_forkers_parent, interp->after_forkers_child};
    interp->before_forkers = hooks.before;
    interp->after_forkers_parent = hooks.in_parent;
    interp->after_forkers_child = hooks.in_child;
    return replaced;
}

/* --- collector ------------------------------------------------------------------------------------------------- */

/* Three lists that the collector works on, then the frozen ones. In 3.14 and later by place and not by name: until 3.14.4
   the row behind `debug` is called `young` and `old[2]`, after that `generations[3]`, and an extension built with either
   reads both. Before, `lists_find` has looked where they are. The self-check proves that each is a ring. */
extern ptrdiff_t lists_shift; /* bytes by which the three stand behind their place in the struct */
static inline PyGC_Head *gc_list(PyInterpreterState *interp, int index)
{
#if PY_VERSION_HEX >= 0x030E0000
    enum { END = offsetof(struct _gc_runtime_state, debug) + sizeof(int), ROW = (END + 7) & ~7 };
    _Static_assert(ROW + 3 * sizeof(struct gc_generation) == offsetof(struct _gc_runtime_state, permanent_generation),
                   "three lists stand between `debug` and the frozen one");
    return &((struct gc_generation *)((char *)&interp->gc + ROW))[index].head;
#else
    if (index >= NUM_GENERATIONS) {
        return &interp->gc.permanent_generation.head;
    }
    return (PyGC_Head *)((char *)&interp->gc.generations[index].head + lists_shift);
#endif
}

static inline PyGC_Head *gc_next(PyGC_Head *head)
{
    return (PyGC_Head *)(head->_gc_next & ~(uintptr_t)3);
}

static inline PyGC_Head *gc_previous(PyGC_Head *head)
{
    return (PyGC_Head *)(head->_gc_prev & ~(uintptr_t)3);
}

static inline PyObject *gc_object(PyGC_Head *head)
{
    return (PyObject *)(head + 1);
}

static inline bool gc_is_collecting(PyInterpreterState *interp)
{
    return interp->gc.collecting != 0;
}

/* --- types ----------------------------------------------------------------------------------------------------- */

/* Borrowed. PyType_GetDict balances the one reference that it takes. */
static inline PyObject *type_dict(PyTypeObject *type)
{
#if PY_VERSION_HEX >= 0x030C0000
    if (type->tp_dict == NULL) {
        PyObject *dict = PyType_GetDict(type);
        Py_XDECREF(dict);
        return dict;
    }
#endif
    return type->tp_dict;
}

static inline PyObject *type_subclasses(PyTypeObject *type)
{
#if PY_VERSION_HEX >= 0x030C0000
    return type->tp_flags & Py_TPFLAGS_HEAPTYPE ? (PyObject *)type->tp_subclasses : NULL;
#else
    return type->tp_subclasses;
#endif
}

static inline size_t object_preheader_bytes(PyTypeObject *type)
{
    return _PyType_PreHeaderSize(type);
}

/* --- integers -------------------------------------------------------------------------------------------------- */

static inline Py_ssize_t int_digits(PyObject *object)
{
#if PY_VERSION_HEX >= 0x030C0000
    return (Py_ssize_t)(((PyLongObject *)object)->long_value.lv_tag >> 3);
#else
    Py_ssize_t size = Py_SIZE(object);
    return size < 0 ? -size : size;
#endif
}

static inline size_t int_bytes(PyObject *object)
{
    Py_ssize_t digits = int_digits(object);
#if PY_VERSION_HEX >= 0x030C0000
    return offsetof(PyLongObject, long_value.ob_digit) + (size_t)(digits > 0 ? digits : 1) * sizeof(digit);
#else
    return offsetof(PyLongObject, ob_digit) + (size_t)(digits > 0 ? digits : 1) * sizeof(digit);
#endif
}

/* The value of an exact int of at most two digits (60 bits); false for a longer one. */
static inline bool int_value(PyObject *object, int64_t *value)
{
    Py_ssize_t digits = int_digits(object);
#if PY_VERSION_HEX >= 0x030C0000
    const digit *digit_at = ((PyLongObject *)object)->long_value.ob_digit;
    bool negative = (((PyLongObject *)object)->long_value.lv_tag & 3) == 2;
#else
    const digit *digit_at = ((PyLongObject *)object)->ob_digit;
    bool negative = Py_SIZE(object) < 0;
#endif
    if (digits > 2) {
        return false;
    }
    int64_t magnitude = digits > 0 ? digit_at[0] : 0;
    if (digits == 2) {
        magnitude |= (int64_t)digit_at[1] << PyLong_SHIFT;
    }
    *value = negative ? -magnitude : magnitude;
    return true;
}

/* Before 3.12 nothing is immortal by name: what the interpreter made once has a billion references, singletons as many as there are. */
static inline bool is_immortal(PyObject *object)
{
#if PY_VERSION_HEX >= 0x030C0000
    return _Py_IsImmortal(object);
#else
    return Py_REFCNT(object) >= 1 << 29 || object == Py_None || object == Py_True || object == Py_False
        || object == Py_Ellipsis || object == Py_NotImplemented;
#endif
}

static inline uint32_t reference_count(PyObject *object)
{
    Py_ssize_t count = is_immortal(object) ? 0 : Py_REFCNT(object);
    return count <= 0 ? 0 : count > UINT32_MAX ? UINT32_MAX : (uint32_t)count;
}

static inline bool interpreter_is_ending(void)
{
#if PY_VERSION_HEX >= 0x030D0000
    return Py_IsFinalizing() != 0;
#else
    return _Py_IsFinalizing() != 0;
#endif
}

/* NULL where this thread does not hold the GIL of its interpreter; on 3.11 perhaps another thread's then. */
static inline PyThreadState *current_thread(void)
{
#if PY_VERSION_HEX >= 0x030D0000
    return PyThreadState_GetUnchecked();
#else
    return _PyThreadState_UncheckedGet();
#endif
}

/* Whether tracemalloc records allocations, those of thread states included. Until 3.12.8 and 3.13.1, `tracemalloc.stop()` in one
   thread crashes another that waits in `PyGILState_Ensure` with a new state (CPython's issue 128679). */
static inline bool tracemalloc_is_tracing(void)
{
#if PY_VERSION_HEX >= 0x030C0000
    return _PyRuntime.tracemalloc.config.tracing != 0;
#else
    return _Py_tracemalloc_config.tracing != 0;
#endif
}

/* `PyGILState_Ensure` in a thread of ours. Where the header shows how (3.12 and 3.13), tracemalloc is told to leave its new state
   alone, as it does for allocations of its own: so the crash above can't be. On 3.11 it can. */
static inline PyGILState_STATE hold_gil(void)
{
#if PY_VERSION_HEX >= 0x030C0000 && PY_VERSION_HEX < 0x030E0000
    Py_tss_t *reentrant = &_PyRuntime.tracemalloc.reentrant_key;
    if (PyThread_tss_is_created(reentrant) && PyThread_tss_get(reentrant) == NULL) {
        PyThread_tss_set(reentrant, Py_True);
        PyGILState_STATE state = PyGILState_Ensure();
        PyThread_tss_set(reentrant, NULL);
        return state;
    }
#endif
    return PyGILState_Ensure();
}

/* Whether this thread holds the main interpreter's GIL; from 3.12 on a subinterpreter may have one of its own. */
static inline bool holds_main_gil(PyThreadState *thread)
{
#if PY_VERSION_HEX >= 0x030C0000
    return thread != NULL && thread->interp->ceval.gil == PyInterpreterState_Main()->ceval.gil;
#else
    return thread != NULL && PyGILState_Check();
#endif
}

#include "cpython/internals_code.h"
#include "cpython/internals_dicts.h"
#include "cpython/internals_frames.h"
#include "cpython/internals_roots.h"
