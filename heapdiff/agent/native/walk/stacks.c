#include "walk/stacks.h"

#include <string.h>

#include "cpython/text.h"
#include "write/json.h"

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

/* Names that the standard library gives threads: letters, digits, "_" and, for pools and Thread-N, "-" and " (name)". */
static bool is_default_thread_name(const char *text, size_t bytes)
{
    static const char *const starts[] = {"MainThread", "Thread-", "ThreadPoolExecutor-", "Dummy-", "asyncio_",
                                         "QueueManagerThread", "QueueFeederThread"};
    bool known = false;
    for (size_t i = 0; i < sizeof starts / sizeof starts[0]; i++) {
        known = known || (bytes >= strlen(starts[i]) && memcmp(text, starts[i], strlen(starts[i])) == 0);
    }
    for (size_t i = 0; known && i < bytes; i++) {
        char c = text[i];
        known = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')
            || strchr("_-() ", c) != NULL;
    }
    return known;
}

typedef struct {
    PyThreadState *thread;
    int ordinal;
    uint32_t name;
} Thread;

/* An identifier that stands in the code, as the compiler interns those; one that was read or put together is data. */
static bool is_written_in_code(PyObject *name)
{
    return is_str(name) && PyUnicode_CHECK_INTERNED(name) && is_identifier(name);
}

/* Reads what the application may have made of `threading`. */
static void find_thread_name(Walk *walk, void *context)
{
    Thread *thread = context;
    char text[64];
    PyObject *threading = item_named(interpreter_modules(walk->interp), "threading");
    PyObject *active_threads = NULL;
    if (threading != NULL && PyModule_Check(threading)) {
        active_threads = item_named(((PyModuleObject *)threading)->md_dict, "_active");
    }
    PyObject *name = attribute_named(item_numbered(active_threads, (int64_t)thread->thread->thread_id), "_name");
    if (is_written_in_code(name)) {
        thread->name = identifier_name(&walk->tables.names, name);
    } else if (name != NULL) {
        size_t bytes = str_utf8(name, text, sizeof text);
        thread->name = is_default_thread_name(text, bytes) ? text_name(&walk->tables.names, text, bytes) : 0;
    }
}

static uint32_t numbered_name(Walk *walk, int ordinal)
{
    char text[7 + NUMBER_MOST] = "thread-";
    return text_name(&walk->tables.names, text, 7 + format_number(text + 7, (uint64_t)ordinal));
}

static void walk_thread(Walk *walk, void *context)
{
    Thread *thread = context;
    InterpreterRoot roots[INTERPRETER_ROOTS_MOST];
    guarded(walk, find_thread_name, thread);
    uint32_t name = thread->name != 0 ? thread->name : numbered_name(walk, thread->ordinal);
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
