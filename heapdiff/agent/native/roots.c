#include "roots.h"

#include <string.h>

#include "parts.h"
#include "text.h"

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

static void object_root(Walk *walk, enum RootKind kind, uint32_t name, PyObject *object)
{
    add_root(walk, kind, name, (uintptr_t)object);
    note(walk, object);
    write_leaves(walk);
}

static void atexit_root(void *context, PyObject *object)
{
    Walk *walk = context;
    object_root(walk, ROOT_INTERPRETER, literal_name(&walk->tables, "atexit"), object);
}

static PyObject *attribute_named(PyObject *object, const char *name)
{
    PyDictValues *values;
    PyObject *dict;
    if (object == NULL || !has_managed_dict(Py_TYPE(object))) {
        return NULL;
    }
    managed_attributes(object, &values, &dict);
    PyDictKeysObject *keys = cached_keys(Py_TYPE(object));
    for (Py_ssize_t i = 0; values != NULL && keys != NULL && i < keys->dk_nentries; i++) {
        if (str_equals(keys_key(keys, i), name)) {
            return values->values[i];
        }
    }
    return item_named(dict, name);
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

/* Names that the standard library gives threads: letters, digits, "_" and, for pools and Thread-N, "-" and " (name)". Any
   other may be made from a user's data, as an identifier, too. */
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

static uint32_t thread_name(Walk *walk, PyThreadState *thread, int ordinal)
{
    char text[64] = "thread-";
    PyObject *threading = item_named(interpreter_modules(thread->interp), "threading");
    PyObject *active_threads = NULL;
    if (threading != NULL && PyModule_Check(threading)) {
        active_threads = item_named(((PyModuleObject *)threading)->md_dict, "_active");
    }
    PyObject *name = attribute_named(item_numbered(active_threads, (int64_t)thread->thread_id), "_name");
    if (name != NULL) {
        size_t bytes = str_utf8(name, text, sizeof text);
        if (is_default_thread_name(text, bytes)) {
            return text_name(&walk->tables, text, bytes);
        }
    }
    memcpy(text, "thread-", 7);
    size_t used = 7;
    for (int divisor = 1000; divisor > 0; divisor /= 10) {
        if (ordinal >= divisor || divisor == 1) {
            text[used++] = (char)('0' + ordinal / divisor % 10);
        }
    }
    return text_name(&walk->tables, text, used);
}

static void walk_stack(Walk *walk, Frame *top, uint32_t name)
{
    for (Frame *frame = top; frame != NULL && !walk->failed; frame = frame->previous) {
        PyCodeObject *code = frame_code(frame);
        if (code == NULL) {
            continue;
        }
        PyObject *generator = frame_generator(frame);
        add_root(walk, ROOT_THREAD, name, generator != NULL ? (uintptr_t)generator : (uintptr_t)frame);
        if (generator != NULL) {
            note(walk, generator);
        } else if (address_set_add(&walk->seen, (uintptr_t)frame) == 1) {
            begin(walk, NULL, walk->frame_type, code_name(&walk->tables, code->co_qualname));
            walk->address = (uintptr_t)frame;
            walk_frame_content(walk, frame);
            flush_record(walk);
        }
    }
    write_leaves(walk);
}

static void walk_thread(Walk *walk, PyThreadState *thread, int ordinal)
{
    InterpreterRoot roots[INTERPRETER_ROOTS_MOST];
    uint32_t name = thread_name(walk, thread, ordinal);
    int count = thread_roots(thread, roots);
    for (int i = 0; i < count; i++) {
        object_root(walk, ROOT_THREAD_STATE, literal_name(&walk->tables, roots[i].name), roots[i].object);
    }
    walk_stack(walk, thread_top_frame(thread), name);
}

void walk_suspended(Walk *walk, PyFrameObject *top)
{
    walk_stack(walk, top->f_frame, literal_name(&walk->tables, "greenlet"));
}

static void walk_modules(Walk *walk, PyObject *modules)
{
    for (Py_ssize_t i = 0; modules != NULL && is_any_dict(modules) && i < dict_entries((PyDictObject *)modules); i++) {
        DictItem item = dict_item((PyDictObject *)modules, i);
        if (item.value != NULL && item.key != NULL) {
            object_root(walk, ROOT_MODULE, code_name(&walk->tables, item.key), item.value);
        }
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
static void count_borrowed(Walk *walk, PyInterpreterState *interp)
{
    for (PyThreadState *thread = PyInterpreterState_ThreadHead(interp); SLOTS_MAY_BORROW && thread != NULL;
         thread = PyThreadState_Next(thread)) {
        for (Frame *frame = thread_top_frame(thread); frame != NULL && !walk->failed; frame = frame->previous) {
            frame_borrowed(frame, add_borrowed, walk);
        }
    }
}

void walk_roots(Walk *walk, PyInterpreterState *interp)
{
    InterpreterRoot roots[INTERPRETER_ROOTS_MOST];
    int ordinal = 0;
    count_borrowed(walk, interp);
    for (PyThreadState *thread = PyInterpreterState_ThreadHead(interp); thread != NULL;
         thread = PyThreadState_Next(thread)) {
        walk_thread(walk, thread, ++ordinal);
    }
    walk_modules(walk, interpreter_modules(interp));
    int count = interpreter_roots(interp, roots);
    for (int i = 0; i < count; i++) {
        object_root(walk, ROOT_INTERPRETER, literal_name(&walk->tables, roots[i].name), roots[i].object);
    }
    interpreter_atexit(interp, atexit_root, walk);
    drain(walk);
}

void walk_static_types(Walk *walk)
{
    for (size_t i = 0; i < walk->tables.infos.count && !walk->failed; i++) {
        PyTypeObject *type = ((TypeInfo **)walk->tables.infos.items)[i]->type;
        if (type != NULL && !address_set_has(&walk->seen, (uintptr_t)type)) {
            object_root(walk, ROOT_TYPE, 0, (PyObject *)type);
            drain(walk);
        }
    }
}
