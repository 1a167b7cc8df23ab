#define _GNU_SOURCE
#include "watching/holder.h"

#include <stdlib.h>
#include <string.h>

#include "cpython/text.h"
#include "watching/tracked.h"

enum { MEMBER_OBJECT = 6, MEMBER_OBJECT_EX = 16, MEMBER_RELATIVE = 8 };
enum { ENTRIES_MOST = 1 << 18 }; /* of a dict that is searched, which the application waits for */
static const char CACHE_TYPE[] = "functools._lru_cache_wrapper";

typedef struct {
    char kind;
    const char *text;
    size_t bytes;
} Step;

static bool is_text(PyObject *str, Step step)
{
    char text[HOLDER_PATH_MOST];
    if (!is_str(str) || (size_t)PyUnicode_GET_LENGTH(str) > step.bytes) {
        return false;
    }
    if (PyUnicode_IS_COMPACT_ASCII(str)) {
        return (size_t)PyUnicode_GET_LENGTH(str) == step.bytes && memcmp(PyUnicode_DATA(str), step.text, step.bytes) == 0;
    }
    return str_utf8(str, text, sizeof text) == step.bytes && memcmp(text, step.text, step.bytes) == 0;
}

static bool is_number(PyObject *key, Step step)
{
    int64_t number;
    return Py_IS_TYPE(key, &PyLong_Type) && int_value(key, &number) && number == strtoll(step.text, NULL, 10);
}

static bool is_constant(PyObject *key, Step step)
{
    const struct {
        const char *name;
        PyObject *object;
    } constants[] = {{"None", Py_None}, {"True", Py_True}, {"False", Py_False}};
    for (size_t i = 0; i < sizeof constants / sizeof constants[0]; i++) {
        if (key == constants[i].object) {
            return strlen(constants[i].name) == step.bytes && memcmp(constants[i].name, step.text, step.bytes) == 0;
        }
    }
    return false;
}

typedef bool (*Each)(void *context, PyObject *name, PyObject *value); /* true: that's enough */

static bool each_item(PyObject *dict, Each each, void *context)
{
    Py_ssize_t count = dict == NULL || !is_any_dict(dict) ? 0 : dict_entries((PyDictObject *)dict);
    for (Py_ssize_t i = 0; i < count && i < ENTRIES_MOST; i++) {
        DictItem at = dict_item((PyDictObject *)dict, i);
        if (at.value != NULL && at.key != NULL && each(context, at.key, at.value)) {
            return true;
        }
    }
    return false;
}

typedef struct {
    Step step;
    PyObject *found;
} Wanted;

static bool is_wanted(void *context, PyObject *name, PyObject *value)
{
    Wanted *wanted = context;
    char kind = wanted->step.kind;
    bool (*matches)(PyObject *, Step) = kind == '#' ? is_number : kind == '!' ? is_constant : is_text;
    wanted->found = matches(name, wanted->step) ? value : NULL;
    return wanted->found != NULL;
}

/* By looking at all: a look-up might call the `__eq__` of a key. */
static PyObject *item(PyObject *dict, Step step)
{
    Wanted wanted = {step, NULL};
    each_item(dict, is_wanted, &wanted);
    return wanted.found;
}

static PyObject *class_entry(PyTypeObject *type, Step step)
{
    PyObject *mro = type->tp_mro, *found = NULL;
    for (Py_ssize_t i = 0; found == NULL && mro != NULL && PyTuple_Check(mro) && i < PyTuple_GET_SIZE(mro); i++) {
        PyObject *base = PyTuple_GET_ITEM(mro, i);
        found = PyType_Check(base) ? item(type_dict((PyTypeObject *)base), step) : NULL;
    }
    return found;
}

/* The `__dict__` of an instance, if it is there. */
static PyObject *own_dict(PyObject *object)
{
    PyDictValues *values;
    PyObject *dict = NULL, **place;
    if (has_managed_dict(Py_TYPE(object))) {
        managed_attributes(object, &values, &dict);
    } else if (Py_TYPE(object)->tp_dictoffset != 0 && (place = _PyObject_GetDictPtr(object)) != NULL) {
        dict = *place;
    }
    return dict != NULL && PyDict_Check(dict) ? dict : NULL;
}

/* What an instance has itself, without slots. */
static bool each_attribute(PyObject *object, Each each, void *context)
{
    PyDictValues *values = NULL;
    PyDictKeysObject *keys = cached_keys(Py_TYPE(object));
    if (has_managed_dict(Py_TYPE(object))) {
        managed_attributes(object, &values, &(PyObject *){NULL});
    }
    for (Py_ssize_t i = 0; values != NULL && keys != NULL && i < keys->dk_nentries; i++) {
        if (values->values[i] != NULL && each(context, keys_key(keys, i), values->values[i])) {
            return true;
        }
    }
    return each_item(own_dict(object), each, context);
}

/* NULL also where the descriptor stands in a class that it was not made for: there is no such place in the object then. */
static PyObject *slot_value(PyObject *object, PyObject *descriptor)
{
    if (!PyType_IsSubtype(Py_TYPE(object), PyDescr_TYPE(descriptor))) {
        return NULL;
    }
    PyMemberDef *member = ((PyMemberDescrObject *)descriptor)->d_member;
    bool is_object = member->type == MEMBER_OBJECT || member->type == MEMBER_OBJECT_EX;
    return is_object && !(member->flags & MEMBER_RELATIVE) ? *(PyObject **)((char *)object + member->offset) : NULL;
}

static PyObject *instance_attribute(PyObject *object, Step step)
{
    Wanted wanted = {step, NULL};
    PyObject *of_class = class_entry(Py_TYPE(object), step);
    if (of_class != NULL && Py_IS_TYPE(of_class, &PyMemberDescr_Type)) {
        return slot_value(object, of_class);
    }
    each_attribute(object, is_wanted, &wanted);
    return wanted.found != NULL ? wanted.found : of_class;
}

static PyObject *attribute(PyObject *object, Step step)
{
    static const char own[] = "__dict__";
    bool whole = step.bytes == sizeof own - 1 && memcmp(step.text, own, step.bytes) == 0;
    if (PyModule_Check(object)) {
        PyObject *dict = ((PyModuleObject *)object)->md_dict;
        return whole ? dict : item(dict, step);
    }
    if (PyType_Check(object)) {
        return whole ? type_dict((PyTypeObject *)object) : class_entry((PyTypeObject *)object, step);
    }
    return whole ? own_dict(object) : instance_attribute(object, step);
}

static PyObject *element(PyObject *object, Step step)
{
    long long at = strtoll(step.text, NULL, 10);
    if (PyList_Check(object)) {
        return at >= 0 && at < PyList_GET_SIZE(object) ? PyList_GET_ITEM(object, at) : NULL;
    }
    if (PyTuple_Check(object)) {
        return at >= 0 && at < PyTuple_GET_SIZE(object) ? PyTuple_GET_ITEM(object, at) : NULL;
    }
    return item(object, step);
}

/* --- functions ------------------------------------------------------------------------------------------------- */

/* What a static or class method wraps reads as its own. */
static PyObject *wrapped(PyObject *object)
{
    static const Step function = {'.', "__func__", 8};
    bool wraps = Py_IS_TYPE(object, &PyStaticMethod_Type) || Py_IS_TYPE(object, &PyClassMethod_Type);
    PyObject *inside = wraps ? instance_attribute(object, function) : NULL;
    return inside == NULL ? object : inside;
}

static PyObject *variable_name(PyCodeObject *code, int at)
{
    PyObject *names = code->co_localsplusnames;
    return at >= 0 && names != NULL && PyTuple_CheckExact(names) && at < PyTuple_GET_SIZE(names) ? PyTuple_GET_ITEM(names, at)
                                                                                               : NULL;
}

static PyObject *closure(PyFunctionObject *function, Step step)
{
    PyCodeObject *code = (PyCodeObject *)function->func_code;
    PyObject *cells = function->func_closure;
    Py_ssize_t count = cells == NULL ? 0 : PyTuple_GET_SIZE(cells);
    for (Py_ssize_t i = 0; i < count && i < code->co_nfreevars; i++) {
        PyObject *cell = PyTuple_GET_ITEM(cells, i);
        if (is_text(variable_name(code, code->co_nlocalsplus - code->co_nfreevars + (int)i), step) && PyCell_Check(cell)) {
            return ((PyCellObject *)cell)->ob_ref;
        }
    }
    return NULL;
}

static PyObject *default_argument(PyFunctionObject *function, Step step)
{
    PyCodeObject *code = (PyCodeObject *)function->func_code;
    PyObject *defaults = function->func_defaults;
    Py_ssize_t count = defaults == NULL ? 0 : PyTuple_GET_SIZE(defaults);
    for (Py_ssize_t i = 0; i < count; i++) {
        if (is_text(variable_name(code, code->co_argcount - (int)count + (int)i), step)) {
            return PyTuple_GET_ITEM(defaults, i);
        }
    }
    return item(function->func_kwdefaults, step);
}

typedef struct {
    PyObject *attributes, *table;
} CacheParts;

static int visit_cache(PyObject *part, void *context)
{
    CacheParts *parts = context;
    if (part != NULL && PyDict_CheckExact(part) && part != parts->attributes) {
        parts->table = part;
    }
    return 0;
}

static bool is_cache(PyObject *object)
{
    return strcmp(Py_TYPE(object)->tp_name, CACHE_TYPE) == 0 && Py_TYPE(object)->tp_traverse != NULL;
}

static PyObject *cache_table(PyObject *object)
{
    CacheParts parts = {own_dict(object), NULL};
    if (is_cache(object)) {
        Py_TYPE(object)->tp_traverse(object, visit_cache, &parts);
    }
    return parts.table;
}

/* --- path ------------------------------------------------------------------------------------------------------ */

static unsigned read_steps(const char *path, Step steps[HOLDER_STEPS_MOST])
{
    unsigned count = 0;
    for (const char *at = path, *end; *at != '\0'; at = *end == '\0' ? end : end + 1) {
        end = strchrnul(at, '\x1f');
        if (count == HOLDER_STEPS_MOST || end - at < 2 || strchr(".#'!*(=@", *at) == NULL || (*at == '@' && count > 0)) {
            return 0;
        }
        steps[count++] = (Step){*at, at + 1, (size_t)(end - at) - 1};
    }
    return count;
}

/* The module with the longest name that the path begins with; as many steps as that takes, 0 if there is none. */
static unsigned begin(const Step *steps, unsigned count, PyObject **module)
{
    PyObject *modules = interpreter_modules(PyInterpreterState_Main());
    char name[HOLDER_PATH_MOST];
    size_t used = 0;
    unsigned taken = 0;
    for (unsigned i = 0; i < count && steps[i].kind == '.'; i++) {
        if (used + 1 + steps[i].bytes > sizeof name) {
            break;
        }
        if (i > 0) {
            name[used++] = '.';
        }
        memcpy(name + used, steps[i].text, steps[i].bytes);
        used += steps[i].bytes;
        PyObject *found = item(modules, (Step){'.', name, used});
        if (found != NULL && PyModule_Check(found)) {
            *module = found;
            taken = i + 1;
        }
    }
    return taken;
}

static PyObject *take(PyObject *object, Step step)
{
    switch (step.kind) {
    case '.':
        return attribute(object, step);
    case '#':
        return element(object, step);
    case '*':
        return cache_table(wrapped(object));
    case '(':
    case '=':
        object = wrapped(object);
        if (!PyFunction_Check(object)) {
            return NULL;
        }
        return (step.kind == '(' ? closure : default_argument)((PyFunctionObject *)object, step);
    default:
        return item(object, step);
    }
}

static bool add_if_dict(void *context, PyObject *name, PyObject *value)
{
    Holder *holder = context;
    if (is_str(name) && PyDict_Check(value) && holder->dict_count < HOLDER_DICTS_MOST) {
        holder->dicts[holder->dict_count++] = name;
    }
    return false;
}

static bool add_if_slot(void *context, PyObject *name, PyObject *value)
{
    Holder *holder = context;
    PyObject *inside = Py_IS_TYPE(value, &PyMemberDescr_Type) ? slot_value(holder->object, value) : NULL;
    return inside != NULL && add_if_dict(context, name, inside);
}

static void list_dicts(Holder *holder)
{
    PyObject *object = holder->object, *mro = Py_TYPE(object)->tp_mro;
    if (PyType_Check(object) || PyModule_Check(object)) {
        return;
    }
    each_attribute(object, add_if_dict, holder);
    for (Py_ssize_t i = 0; mro != NULL && PyTuple_Check(mro) && i < PyTuple_GET_SIZE(mro); i++) {
        PyTypeObject *base = (PyTypeObject *)PyTuple_GET_ITEM(mro, i);
        if (PyType_Check(base) && base->tp_flags & Py_TPFLAGS_HEAPTYPE) {
            each_item(type_dict(base), add_if_slot, holder);
        }
    }
    holder->has_own_dict = own_dict(object) != NULL;
}

HolderResult holder_find(const char *path, Holder *holder)
{
    Step steps[HOLDER_STEPS_MOST];
    unsigned count = read_steps(path, steps), at;
    *holder = (Holder){0};
    if (count == 0) {
        return HOLDER_MALFORMED;
    }
    if (steps[0].kind == '@') {
        char *end;
        uintptr_t address = (uintptr_t)strtoull(steps[0].text, &end, 16);
        holder->object = end == steps[0].text + steps[0].bytes ? tracked_at(address) : NULL;
        at = 1;
    } else {
        at = begin(steps, count, &holder->object);
    }
    if (holder->object == NULL) {
        return steps[0].kind == '@' ? HOLDER_NO_OBJECT : HOLDER_NO_MODULE;
    }
    for (; at < count; at++) {
        PyObject *next = take(holder->object, steps[at]);
        if (next == NULL) {
            holder->step = at;
            return HOLDER_NO_STEP;
        }
        holder->object = next;
    }
    PyObject *table = cache_table(wrapped(holder->object));
    holder->object = table != NULL ? table : holder->object;
    if (PyDict_Check(holder->object)) {
        return ((PyDictObject *)holder->object)->ma_values == NULL ? HOLDER_FOUND : HOLDER_INLINE;
    }
    list_dicts(holder);
    return HOLDER_NO_DICT;
}
