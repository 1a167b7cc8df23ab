#include "walk/stacks.h"

#include "cpython/text.h"

static void add_root(Walk *walk, enum RootKind kind, uint32_t name, uintptr_t address)
{
    if (!section_reserve(&walk->roots, 32)) {
        walk->failed = true;
        return;
    }
    put_varint(&walk->roots, kind);
    put_varint(&walk->roots, name);
    put_varint(&walk->roots, address >> 3);
    walk->totals.roots++;
}

void object_root(Walk *walk, enum RootKind kind, uint32_t name, PyObject *object)
{
    add_root(walk, kind, name, (uintptr_t)object);
    reach(walk, object);
}

static void reach_stack(Walk *walk, Frame *top, uint32_t name)
{
    for (Frame *frame = top; frame != NULL && !walk->failed; frame = frame->previous) {
        PyObject *generator = frame_generator(frame);
        if (frame_code(frame) == NULL) {
            continue;
        }
        if (generator != NULL) {
            object_root(walk, ROOT_THREAD, name, generator);
        } else {
            add_root(walk, ROOT_THREAD, name, (uintptr_t)frame);
            reach_frame(walk, frame);
        }
    }
}

void reach_suspended(Walk *walk, PyFrameObject *top)
{
    if (top != NULL) {
        reach_stack(walk, top->f_frame, literal_name(&walk->tables.names, "greenlet"));
    }
}

static PyObject *item_numbered(PyObject *dict, int64_t wanted)
{
    for (Py_ssize_t i = 0; dict != NULL && is_any_dict(dict) && i < dict_entries((PyDictObject *)dict); i++) {
        DictItem item = dict_item((PyDictObject *)dict, i);
        int64_t number;
        if (item.value != NULL && item.key != NULL && Py_IS_TYPE(item.key, &PyLong_Type)
            && int_value(item.key, &number) && number == wanted) {
            return item.value;
        }
    }
    return NULL;
}

typedef struct {
    PyThreadState *thread;
    int ordinal;
    uint32_t name;
} Thread;

/* Reads what the application may have made of `threading`. */
static void find_thread_name(Walk *walk, void *context)
{
    Thread *thread = context;
    PyObject *threading = item_named(interpreter_modules(walk->interp), "threading");
    PyObject *active_threads = NULL;
    if (threading != NULL && PyModule_Check(threading)) {
        active_threads = item_named(((PyModuleObject *)threading)->md_dict, "_active");
    }
    PyObject *name = attribute_named(item_numbered(active_threads, (int64_t)thread->thread->thread_id), "_name");
    thread->name = thread_name(&walk->tables.names, name);
}

static void walk_thread(Walk *walk, void *context)
{
    Thread *thread = context;
    InterpreterRoot roots[INTERPRETER_ROOTS_MOST];
    guarded(walk, find_thread_name, thread);
    uint32_t name = thread->name != 0 ? thread->name : numbered_thread_name(&walk->tables.names, thread->ordinal);
    int count = thread_roots(thread->thread, roots);
    for (int i = 0; i < count; i++) {
        object_root(walk, ROOT_THREAD_STATE, literal_name(&walk->tables.names, roots[i].name), roots[i].object);
    }
    reach_stack(walk, thread_top_frame(thread->thread), name);
}

void walk_threads(Walk *walk, void *unused)
{
    Thread thread = {.thread = PyInterpreterState_ThreadHead(walk->interp)};
    for (; thread.thread != NULL; thread.thread = PyThreadState_Next(thread.thread)) {
        thread.ordinal++;
        thread.name = 0;
        guarded(walk, walk_thread, &thread);
    }
}

static void add_borrowed(void *context, PyObject *object)
{
    bool added;
    Walk *walk = context;
    uint32_t *count = pointer_map_place(&walk->borrowed, object, &added);
    if (count == NULL) {
        walk->failed = true;
    } else {
        ++*count;
    }
}

/* Before the first record: a count is written with the object, wherever that stands. */
void count_borrowed(Walk *walk, void *unused)
{
    if (!SLOTS_MAY_BORROW) {
        return;
    }
    for (PyThreadState *thread = PyInterpreterState_ThreadHead(walk->interp); thread != NULL;
         thread = PyThreadState_Next(thread)) {
        for (Frame *frame = thread_top_frame(thread); frame != NULL && !walk->failed; frame = frame->previous) {
            frame_borrowed(frame, add_borrowed, walk);
        }
    }
}
