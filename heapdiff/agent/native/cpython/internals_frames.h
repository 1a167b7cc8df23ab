/* Frames of running and suspended code. Part of internals.h. */
#pragma once

typedef _PyInterpreterFrame Frame;

/* A local variable or a value on the evaluation stack. From 3.14 on the pointer is tagged: 1 says that the slot is left
   out of the object's reference count, because the object is immortal or somebody who outlives the slot holds it; 2
   and 3 that it holds no object. */
#if PY_VERSION_HEX >= 0x030E0000
#ifdef Py_STACKREF_DEBUG
#error "heapdiff's native engine cannot read the frames of a Py_STACKREF_DEBUG build"
#endif
enum { SLOTS_MAY_BORROW = 1 };
typedef _PyStackRef Slot;

static inline PyObject *slot_object(Slot slot)
{
    return slot.bits & 2 ? NULL : (PyObject *)(slot.bits & ~(uintptr_t)1);
}

static inline PyObject *slot_borrowed(Slot slot)
{
    return (slot.bits & 3) == 1 ? slot_object(slot) : NULL;
}
#else
enum { SLOTS_MAY_BORROW = 0 };
typedef PyObject *Slot;

static inline PyObject *slot_object(Slot slot)
{
    return slot;
}

static inline PyObject *slot_borrowed(Slot slot)
{
    return NULL;
}
#endif

static inline PyObject *frame_slot(Frame *frame, Py_ssize_t index)
{
    return slot_object(frame->localsplus[index]);
}

static inline Frame *thread_top_frame(PyThreadState *thread)
{
#if PY_VERSION_HEX >= 0x030D0000
    return thread->current_frame;
#else
    return thread->cframe == NULL ? NULL : thread->cframe->current_frame;
#endif
}

/* The code that a frame was made for, also when the frame is cleared or being built. */
static inline PyObject *frame_code_object(Frame *frame)
{
#if PY_VERSION_HEX >= 0x030E0000
    return slot_object(frame->f_executable);
#elif PY_VERSION_HEX >= 0x030D0000
    return frame->f_executable;
#else
    return (PyObject *)frame->f_code;
#endif
}

static inline _Py_CODEUNIT *frame_instruction(Frame *frame)
{
#if PY_VERSION_HEX >= 0x030D0000
    return frame->instr_ptr;
#else
    return frame->prev_instr;
#endif
}

/* False for an entry stub, which holds no Python code. */
static inline bool frame_runs_code(Frame *frame)
{
#if PY_VERSION_HEX >= 0x030E0000
    return frame->owner < FRAME_OWNED_BY_INTERPRETER;
#elif PY_VERSION_HEX >= 0x030C0000
    return frame->owner != FRAME_OWNED_BY_CSTACK;
#else
    return true;
#endif
}

/* NULL for frames that hold no Python code: entry stubs, frames still being built. */
static inline PyCodeObject *frame_code(Frame *frame)
{
    PyObject *code = frame_code_object(frame);
    _Py_CODEUNIT *at = frame_instruction(frame);
    if (!frame_runs_code(frame) || code == NULL || !Py_IS_TYPE(code, &PyCode_Type)) {
        return NULL;
    }
    PyCodeObject *known = (PyCodeObject *)code;
    bool incomplete = frame->owner != FRAME_OWNED_BY_GENERATOR && frame->owner != FRAME_OWNED_BY_FRAME_OBJECT
        && at < _PyCode_CODE(known) + known->_co_firsttraceable;
    return incomplete ? NULL : known;
}

/* The byte of the code at which the frame stands, as `PyCode_Addr2Line` takes it. */
static inline int frame_offset(Frame *frame, PyCodeObject *code)
{
    return (int)((frame_instruction(frame) - _PyCode_CODE(code)) * (Py_ssize_t)sizeof(_Py_CODEUNIT));
}

/* Uninitialised in a frame on the C stack: only for frames that have code. */
static inline PyObject *frame_function(Frame *frame)
{
#if PY_VERSION_HEX >= 0x030E0000
    return slot_object(frame->f_funcobj);
#elif PY_VERSION_HEX >= 0x030C0000
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

static inline bool generator_is_finished(PyGenObject *generator)
{
#if PY_VERSION_HEX >= 0x030F0000
    return FRAME_STATE_FINISHED(generator->gi_frame_state);
#else
    return generator->gi_frame_state >= FRAME_COMPLETED;
#endif
}

/* Values on the evaluation stack. Up to 3.13 this is 0 while the frame executes, when only the interpreter's C locals
   know; later it is saved before whatever may let go of the GIL. */
static inline int frame_stack_depth(Frame *frame, PyCodeObject *code)
{
#if PY_VERSION_HEX >= 0x030E0000
    ptrdiff_t top = frame->stackpointer == NULL ? -1 : frame->stackpointer - frame->localsplus;
#else
    int top = frame->stacktop;
#endif
    return top >= code->co_nlocalsplus && top - code->co_nlocalsplus <= code->co_stacksize
        ? (int)(top - code->co_nlocalsplus) : 0;
}

/* Calls `each` for every object that the frame refers to without being counted. */
static inline void frame_borrowed(Frame *frame, void (*each)(void *, PyObject *), void *context)
{
    PyCodeObject *code = frame_code(frame);
    int count = code == NULL ? 0 : code->co_nlocalsplus + frame_stack_depth(frame, code);
    for (int i = 0; i < count; i++) {
        PyObject *borrowed = slot_borrowed(frame->localsplus[i]);
        if (borrowed != NULL) {
            each(context, borrowed);
        }
    }
#if PY_VERSION_HEX >= 0x030E0000
    PyObject *function = code == NULL ? NULL : slot_borrowed(frame->f_funcobj);
    if (function != NULL) {
        each(context, function);
    }
#endif
}
