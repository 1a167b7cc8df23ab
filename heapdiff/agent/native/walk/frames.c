#include "walk/frames.h"

static void walk_frame_content(Walk *walk, Frame *frame)
{
    PyCodeObject *code = frame_code(frame);
    named_edge(walk, frame_code_object(frame), EDGE_INTERNAL, "code");
    if (code == NULL) {
        return;
    }
    uint32_t layout = code_layout(&walk->tables.layouts, &walk->tables.names, code);
    size_t count = (size_t)code->co_nlocalsplus;
    if (layout != 0 && layout_fits(walk, count)) {
        for (size_t i = 0; i < count; i++) {
            layout_edge(walk, frame_slot(frame, (Py_ssize_t)i), layout);
        }
    } else {
        for (size_t i = 0; i < count; i++) {
            PyObject *value = frame_slot(frame, (Py_ssize_t)i);
            if (value != NULL) {
                edge(walk, value, GROUP_UNNAMED);
            }
        }
    }
    named_edge(walk, frame_function(frame), EDGE_INTERNAL, "function");
    named_edge(walk, frame->f_locals, EDGE_INTERNAL, "f_locals");
    named_edge(walk, (PyObject *)frame->frame_obj, EDGE_INTERNAL, "frame");
    learn_namespace(&walk->tables.names, frame->f_locals);
    int depth = frame_stack_depth(frame, code);
    for (int i = 0; i < depth; i++) {
        PyObject *value = frame_slot(frame, code->co_nlocalsplus + i);
        if (value != NULL) {
            edge(walk, value, GROUP_STACK);
        }
    }
}

void walk_frame(Walk *walk, Frame *frame)
{
    PyCodeObject *code = frame_code(frame);
    if (code == NULL) {
        return;
    }
    begin(walk, NULL, walk->frame_type);
    walk->address = (uintptr_t)frame;
    walk->name = code_name(&walk->tables.names, code->co_qualname);
    walk_frame_content(walk, frame);
    finish_record(walk);
}

void walk_frame_object(Walk *walk, PyFrameObject *object)
{
    Frame *frame = object->f_frame;
    named_edge(walk, (PyObject *)object->f_back, EDGE_ATTRIBUTE, "f_back");
    named_edge(walk, object->f_trace, EDGE_ATTRIBUTE, "f_trace");
#if PY_VERSION_HEX >= 0x030D0000
    named_edge(walk, object->f_extra_locals, EDGE_INTERNAL, "extra_locals");
    named_edge(walk, object->f_locals_cache, EDGE_INTERNAL, "locals_cache");
#endif
#if PY_VERSION_HEX >= 0x030E0000
    named_edge(walk, object->f_overwritten_fast_locals, EDGE_INTERNAL, "overwritten_locals");
#endif
    if (frame == NULL) {
        return;
    }
    if (frame->owner == FRAME_OWNED_BY_FRAME_OBJECT) {
        walk_frame_content(walk, frame);
        return;
    }
    PyObject *generator = frame_generator(frame);
    named_edge(walk, generator != NULL ? generator : (PyObject *)frame, EDGE_INTERNAL, "running");
    if (generator == NULL && walk->edge_count > 0) {
        walk->edges[walk->edge_count - 1].address_only = true;
    }
}

/* Asks greenlet's own getter for `gr_frame`: where the pointer lies changes with its version. The getter is a few
   lines of C that take a reference, which is given back at once. */
PyFrameObject *greenlet_frame(Walk *walk, PyObject *greenlet)
{
    walk->doing = CALLING;
    PyObject *frame = walk->info->greenlet_frame(greenlet, NULL);
    walk->doing = READING;
    if (frame == NULL || !Py_IS_TYPE(frame, &PyFrame_Type)) {
        return NULL;
    }
    Py_SET_REFCNT(frame, Py_REFCNT(frame) - 1);
    return (PyFrameObject *)frame;
}

void walk_generator(Walk *walk, PyGenObject *generator)
{
    named_edge(walk, generator->gi_name, EDGE_ATTRIBUTE, "__name__");
    named_edge(walk, generator->gi_qualname, EDGE_ATTRIBUTE, "__qualname__");
    if (!Py_IS_TYPE(generator, &PyGen_Type)) { /* plain generators leave it uninitialised */
        named_edge(walk, generator->gi_origin_or_finalizer, EDGE_INTERNAL, "origin_or_finalizer");
    }
    named_edge(walk, generator->gi_exc_state.exc_value, EDGE_INTERNAL, "exception");
#if PY_VERSION_HEX < 0x030C0000
    named_edge(walk, (PyObject *)generator->gi_code, EDGE_ATTRIBUTE, "gi_code");
#endif
    Frame *frame = (Frame *)&generator->gi_iframe;
    if (!generator_is_finished(generator)) {
        walk_frame_content(walk, frame);
    } else {
        named_edge(walk, frame_code_object(frame), EDGE_INTERNAL, "code");
    }
}
