/* Every access to CPython's internals that differs between versions. Holds for 3.11, 3.12 and 3.13 with the GIL.
 *
 * Nothing else in the agent includes a pycore header. The self-check proves at load that what is read here is right.
 */
#ifndef HEAPDIFF_INTERNALS_H
#define HEAPDIFF_INTERNALS_H

#ifndef Py_BUILD_CORE
#define Py_BUILD_CORE 1
#endif
#include <Python.h>

#include <stdbool.h>
#include <stdint.h>

#if PY_VERSION_HEX < 0x030B0000 || PY_VERSION_HEX >= 0x030E0000
#error "heapdiff's native engine knows CPython 3.11 to 3.13"
#endif
#ifdef Py_GIL_DISABLED
#error "heapdiff's native engine needs the GIL"
#endif

#include "internal/pycore_dict.h"
#include "internal/pycore_frame.h"
#include "internal/pycore_gc.h"
#include "internal/pycore_interp.h"
#include "internal/pycore_moduleobject.h"
#include "internal/pycore_object.h"

#include <structmember.h>

enum { GC_LISTS = 4 };

/* --- collector ------------------------------------------------------------------------------------------------- */

static inline PyGC_Head *gc_list(PyInterpreterState *interp, int index)
{
    return index < NUM_GENERATIONS ? &interp->gc.generations[index].head : &interp->gc.permanent_generation.head;
}

static inline PyGC_Head *gc_next(PyGC_Head *head)
{
    return (PyGC_Head *)(head->_gc_next & ~(uintptr_t)3);
}

static inline PyObject *gc_object(PyGC_Head *head)
{
    return (PyObject *)(head + 1);
}

static inline bool gc_is_collecting(PyInterpreterState *interp)
{
    return interp->gc.collecting != 0;
}

/* --- dicts ----------------------------------------------------------------------------------------------------- */

typedef struct {
    PyObject *key, *value;
} DictItem;

static inline Py_ssize_t dict_entries(const PyDictObject *dict)
{
    return dict->ma_keys == NULL ? 0 : dict->ma_keys->dk_nentries;
}

static inline PyObject *keys_key(PyDictKeysObject *keys, Py_ssize_t index)
{
    return DK_IS_UNICODE(keys) ? DK_UNICODE_ENTRIES(keys)[index].me_key : DK_ENTRIES(keys)[index].me_key;
}

/* The entry at an index; its value is NULL where the entry is unused. */
static inline DictItem dict_item(const PyDictObject *dict, Py_ssize_t index)
{
    PyDictKeysObject *keys = dict->ma_keys;
    if (dict->ma_values != NULL) {
        return (DictItem){DK_UNICODE_ENTRIES(keys)[index].me_key, dict->ma_values->values[index]};
    }
    if (DK_IS_UNICODE(keys)) {
        return (DictItem){DK_UNICODE_ENTRIES(keys)[index].me_key, DK_UNICODE_ENTRIES(keys)[index].me_value};
    }
    return (DictItem){DK_ENTRIES(keys)[index].me_key, DK_ENTRIES(keys)[index].me_value};
}

static inline size_t keys_bytes(PyDictKeysObject *keys)
{
    size_t usable = (size_t)((DK_SIZE(keys) << 1) / 3);
    size_t entry = DK_IS_UNICODE(keys) ? sizeof(PyDictUnicodeEntry) : sizeof(PyDictKeyEntry);
    return sizeof(PyDictKeysObject) + ((size_t)1 << keys->dk_log2_index_bytes) + usable * entry;
}

static inline size_t values_bytes(PyDictKeysObject *keys, PyDictValues *values)
{
    size_t slots = (size_t)(keys->dk_usable + keys->dk_nentries);
#if PY_VERSION_HEX >= 0x030D0000
    size_t capacity = values->capacity;
    (void)slots;
    return _Py_SIZE_ROUND_UP(capacity, sizeof(PyObject *)) + (capacity + 1) * sizeof(PyObject *);
#else
    return ((uint8_t *)values)[-1] + slots * sizeof(PyObject *);
#endif
}

/* Bytes a dict owns beyond its own struct. Shared keys belong to the class, embedded values to the instance. */
static inline size_t dict_extra_bytes(const PyDictObject *dict)
{
    size_t bytes = 0;
    if (dict->ma_keys == NULL) {
        return 0;
    }
    if (dict->ma_values != NULL) {
#if PY_VERSION_HEX >= 0x030D0000
        bytes += dict->ma_values->embedded ? 0 : values_bytes(dict->ma_keys, dict->ma_values);
#else
        bytes += values_bytes(dict->ma_keys, dict->ma_values);
#endif
    }
    if (dict->ma_keys->dk_refcnt == 1) {
        bytes += keys_bytes(dict->ma_keys);
    }
    return bytes;
}

/* --- attributes of instances ----------------------------------------------------------------------------------- */

static inline bool has_managed_dict(PyTypeObject *type)
{
    return (type->tp_flags & Py_TPFLAGS_MANAGED_DICT) != 0;
}

static inline PyDictKeysObject *cached_keys(PyTypeObject *type)
{
    return type->tp_flags & Py_TPFLAGS_HEAPTYPE ? ((PyHeapTypeObject *)type)->ht_cached_keys : NULL;
}

/* The attributes of an instance whose type has a managed dict: inline values (keys from cached_keys), or a dict. */
static inline void managed_attributes(PyObject *object, PyDictValues **values, PyObject **dict)
{
    *values = NULL;
    *dict = NULL;
#if PY_VERSION_HEX >= 0x030D0000
    *dict = (PyObject *)((PyManagedDictPointer *)((char *)object + MANAGED_DICT_OFFSET))->dict;
    if (*dict == NULL && (Py_TYPE(object)->tp_flags & Py_TPFLAGS_INLINE_VALUES)) {
        PyDictValues *inline_values = (PyDictValues *)((char *)object + sizeof(PyObject));
        *values = inline_values->valid ? inline_values : NULL;
    }
#elif PY_VERSION_HEX >= 0x030C0000
    PyDictOrValues place = *((PyDictOrValues *)object - 3);
    if (_PyDictOrValues_IsValues(place)) {
        *values = _PyDictOrValues_GetValues(place);
    } else {
        *dict = place.dict;
    }
#else
    *dict = ((PyObject **)object)[-3];
    *values = *dict == NULL ? ((PyDictValues **)object)[-4] : NULL;
#endif
}

/* Bytes of inline values that belong to the instance; on 3.13 they exist even when a dict was made. */
static inline size_t managed_bytes(PyObject *object, PyDictValues *values)
{
#if PY_VERSION_HEX >= 0x030D0000
    (void)values;
    if (Py_TYPE(object)->tp_flags & Py_TPFLAGS_INLINE_VALUES) {
        return values_bytes(cached_keys(Py_TYPE(object)), (PyDictValues *)((char *)object + sizeof(PyObject)));
    }
    return 0;
#else
    PyDictKeysObject *keys = cached_keys(Py_TYPE(object));
    return values == NULL || keys == NULL ? 0 : values_bytes(keys, values);
#endif
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

static inline uint32_t reference_count(PyObject *object)
{
#if PY_VERSION_HEX >= 0x030C0000
    if (_Py_IsImmortal(object)) {
        return 0;
    }
#endif
    Py_ssize_t count = Py_REFCNT(object);
    return count <= 0 ? 0 : count > UINT32_MAX ? UINT32_MAX : (uint32_t)count;
}

/* --- frames and threads ---------------------------------------------------------------------------------------- */

typedef _PyInterpreterFrame Frame;

static inline Frame *thread_top_frame(PyThreadState *thread)
{
#if PY_VERSION_HEX >= 0x030D0000
    return thread->current_frame;
#else
    return thread->cframe == NULL ? NULL : thread->cframe->current_frame;
#endif
}

/* NULL for frames that hold no Python code: entry stubs, frames still being built. */
static inline PyCodeObject *frame_code(Frame *frame)
{
#if PY_VERSION_HEX >= 0x030D0000
    PyObject *code = frame->f_executable;
    _Py_CODEUNIT *at = frame->instr_ptr;
#else
    PyObject *code = (PyObject *)frame->f_code;
    _Py_CODEUNIT *at = frame->prev_instr;
#endif
#if PY_VERSION_HEX >= 0x030C0000
    if (frame->owner == FRAME_OWNED_BY_CSTACK) {
        return NULL;
    }
#endif
    if (code == NULL || !Py_IS_TYPE(code, &PyCode_Type)) {
        return NULL;
    }
    PyCodeObject *known = (PyCodeObject *)code;
    bool incomplete = frame->owner != FRAME_OWNED_BY_GENERATOR && frame->owner != FRAME_OWNED_BY_FRAME_OBJECT
        && at < _PyCode_CODE(known) + known->_co_firsttraceable;
    return incomplete ? NULL : known;
}

/* The code that a frame was made for, also when the frame is cleared or being built. */
static inline PyObject *frame_code_object(Frame *frame)
{
#if PY_VERSION_HEX >= 0x030D0000
    return frame->f_executable;
#else
    return (PyObject *)frame->f_code;
#endif
}

static inline PyObject *frame_function(Frame *frame)
{
#if PY_VERSION_HEX >= 0x030C0000
    return frame->f_funcobj;
#else
    return (PyObject *)frame->f_func;
#endif
}

static inline PyObject *frame_generator(Frame *frame)
{
    return frame->owner == FRAME_OWNED_BY_GENERATOR
        ? (PyObject *)((char *)frame - offsetof(PyGenObject, gi_iframe)) : NULL;
}

/* Values on the evaluation stack; 0 while the frame executes, when only the interpreter's C locals know. */
static inline int frame_stack_depth(Frame *frame, PyCodeObject *code)
{
    int depth = frame->stacktop - code->co_nlocalsplus;
    return frame->stacktop >= 0 && depth > 0 && depth <= code->co_stacksize ? depth : 0;
}

/* --- the interpreter's own tables ------------------------------------------------------------------------------ */

typedef struct {
    const char *name;
    PyObject *object;
} InterpreterRoot;

enum { INTERPRETER_ROOTS_MOST = 40 };

static inline PyObject *interpreter_modules(PyInterpreterState *interp)
{
#if PY_VERSION_HEX >= 0x030C0000
    return interp->imports.modules;
#else
    return interp->modules;
#endif
}

/* Fills `roots` with the tables that are there; returns how many. */
static inline int interpreter_roots(PyInterpreterState *interp, InterpreterRoot roots[INTERPRETER_ROOTS_MOST])
{
    int count = 0;
    const InterpreterRoot all[] = {
#if PY_VERSION_HEX >= 0x030C0000
        {"modules", interp->imports.modules},
        {"modules_by_index", interp->imports.modules_by_index},
        {"importlib", interp->imports.importlib},
        {"import_func", interp->imports.import_func},
        {"sysdict_copy", interp->sysdict_copy},
#else
        {"modules", interp->modules},
        {"modules_by_index", interp->modules_by_index},
        {"importlib", interp->importlib},
        {"import_func", interp->import_func},
#endif
#if PY_VERSION_HEX >= 0x030D0000
        {"codec_search_path", interp->codecs.search_path},
        {"codec_search_cache", interp->codecs.search_cache},
        {"codec_error_registry", interp->codecs.error_registry},
#else
        {"codec_search_path", interp->codec_search_path},
        {"codec_search_cache", interp->codec_search_cache},
        {"codec_error_registry", interp->codec_error_registry},
#endif
        {"sys", interp->sysdict},
        {"builtins", interp->builtins},
        {"builtins_copy", interp->builtins_copy},
        {"interpreter_dict", interp->dict},
        {"before_fork", interp->before_forkers},
        {"after_fork_parent", interp->after_forkers_parent},
        {"after_fork_child", interp->after_forkers_child},
        {"audit_hooks", interp->audit_hooks},
        {"warnings_filters", interp->warnings.filters},
        {"warnings_once", interp->warnings.once_registry},
        {"warnings_default", interp->warnings.default_action},
        {"gc_garbage", interp->gc.garbage},
        {"gc_callbacks", interp->gc.callbacks},
    };
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        if (all[i].object != NULL) {
            roots[count++] = all[i];
        }
    }
    return count;
}

/* The callbacks registered with `atexit`: calls `each` for every object they hold. */
static inline void interpreter_atexit(PyInterpreterState *interp, void (*each)(void *, PyObject *), void *context)
{
    for (int i = 0; interp->atexit.callbacks != NULL && i < interp->atexit.ncallbacks; i++) {
        PyObject **held = (PyObject **)interp->atexit.callbacks[i];
        for (int part = 0; held != NULL && part < 3; part++) {
            if (held[part] != NULL) {
                each(context, held[part]);
            }
        }
    }
}

/* Objects that a thread's state holds itself. */
static inline int thread_roots(PyThreadState *thread, InterpreterRoot roots[INTERPRETER_ROOTS_MOST])
{
    int count = 0;
    const InterpreterRoot all[] = {
        {"dict", thread->dict},
        {"context", thread->context},
        {"async_exc", thread->async_exc},
        {"profile", thread->c_profileobj},
        {"trace", thread->c_traceobj},
        {"async_gen_firstiter", thread->async_gen_firstiter},
        {"async_gen_finalizer", thread->async_gen_finalizer},
#if PY_VERSION_HEX >= 0x030C0000
        {"exception", thread->current_exception},
#else
        {"exception", thread->curexc_value},
        {"traceback", thread->curexc_traceback},
#endif
#if PY_VERSION_HEX >= 0x030D0000
        {"threading_local_key", thread->threading_local_key},
        {"threading_local_sentinel", thread->threading_local_sentinel},
#endif
    };
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        if (all[i].object != NULL) {
            roots[count++] = all[i];
        }
    }
    for (_PyErr_StackItem *item = thread->exc_info; item != NULL && count < INTERPRETER_ROOTS_MOST;
         item = item->previous_item) {
        if (item->exc_value != NULL) {
            roots[count++] = (InterpreterRoot){"handled_exception", item->exc_value};
        }
    }
    return count;
}

#endif
