#include "walk/parts.h"

#include "cpython/text.h"
#include "types/types.h"
#include "walk/containers.h"

static PyObject *field_at(PyObject *object, size_t offset)
{
    return *(PyObject **)((char *)object + offset);
}

void walk_fields(Walk *walk, PyObject *object)
{
    TypeInfo *info = walk->info;
    if (!layout_fits(walk, info->field_count)) {
        return;
    }
    for (uint32_t i = 0; i < info->field_count; i++) {
        PyObject *target = field_at(object, info->field_offsets[i]);
        layout_edge(walk, target, info->field_layout);
        walk->known[walk->known_count++] = target;
        if (info->field_offsets[i] == info->type->tp_dictoffset) {
            learn_namespace(&walk->tables.names, target);
        }
    }
}

void walk_managed(Walk *walk, PyObject *object)
{
    PyDictValues *values;
    PyObject *dict;
    TypeInfo *info = walk->info;
    managed_attributes(object, &values, &dict);
    if (values != NULL && info->values_count != 0 && layout_fits(walk, info->values_count)) {
        for (uint32_t i = 0; i < info->values_count; i++) {
            layout_edge(walk, values->values[i], info->values_layout);
            walk->known[walk->known_count++] = values->values[i];
            if (walk->options.observer != NULL && values->values[i] != NULL) {
                char name[64];
                name[str_utf8(keys_key(info->values_keys, i), name, sizeof name - 1)] = '\0';
                walk->options.observer->reference(walk->options.observer->context, walk->address, name,
                                                  (uintptr_t)values->values[i]);
            }
        }
    }
    if (dict != NULL) {
        learn_namespace(&walk->tables.names, dict);
        named_edge(walk, dict, EDGE_ATTRIBUTE, "__dict__");
        walk->known[walk->known_count++] = dict;
    }
}

void walk_tail_dict(Walk *walk, PyObject *object)
{
    PyTypeObject *type = walk->info->type;
    Py_ssize_t count = type->tp_flags & Py_TPFLAGS_LONG_SUBCLASS ? int_digits(object) : Py_SIZE(object);
    size_t bytes = _PyObject_VAR_SIZE(type, count < 0 ? -count : count);
    PyObject *dict = field_at(object, bytes - (size_t)-type->tp_dictoffset);
    learn_namespace(&walk->tables.names, dict);
    named_edge(walk, dict, EDGE_ATTRIBUTE, "__dict__");
    walk->known[walk->known_count++] = dict;
}

/* Of a `threading.local`: the keys of each thread's dict are names of attributes. */
static void learn_locals(Names *names, PyObject *dicts)
{
    for (Py_ssize_t i = 0; PyDict_CheckExact(dicts) && i < dict_entries((PyDictObject *)dicts); i++) {
        PyObject *attributes = dict_item((PyDictObject *)dicts, i).value;
        if (attributes != NULL && PyDict_CheckExact(attributes)) {
            learn_namespace(names, attributes);
        }
    }
}

static int visit(PyObject *target, void *context)
{
    Walk *walk = context;
    if (target == NULL || ((uintptr_t)target & 7) != 0) {
        return 0;
    }
    if (!walk->type_skipped && (PyTypeObject *)target == Py_TYPE(walk->object)
        && (walk->info->flags & TYPE_HEAP_TYPE)) {
        walk->type_skipped = true;
        return 0;
    }
    for (size_t i = 0; i < walk->known_count; i++) {
        if (walk->known[i] == target) {
            walk->known[i] = NULL;
            return 0;
        }
    }
    if (walk->info->parts & PART_LOCALS) {
        learn_locals(&walk->tables.names, target);
    }
    if (walk->info->parts & PART_IN_ORDER) {
        edge(walk, target, GROUP_ELEMENTS)->number = walk->order++;
    } else {
        edge(walk, target, GROUP_UNNAMED);
    }
    return 0;
}

void walk_traverse(Walk *walk, PyObject *object)
{
    walk->type_skipped = false;
    walk->order = 0;
    walk->doing = CALLING;
    walk->info->traverse(object, visit, walk);
    walk->doing = READING;
}

void walk_type(Walk *walk, PyTypeObject *type)
{
    PyObject *dict = type_dict(type);
    learn_namespace(&walk->tables.names, dict);
    named_edge(walk, dict, EDGE_ATTRIBUTE, "__dict__");
    named_edge(walk, type->tp_bases, EDGE_ATTRIBUTE, "__bases__");
    named_edge(walk, type->tp_mro, EDGE_ATTRIBUTE, "__mro__");
    named_edge(walk, (PyObject *)type->tp_base, EDGE_ATTRIBUTE, "__base__");
    named_edge(walk, type->tp_cache, EDGE_INTERNAL, "tp_cache");
    named_edge(walk, type_subclasses(type), EDGE_INTERNAL, "tp_subclasses");
    if (type->tp_flags & Py_TPFLAGS_HEAPTYPE) {
        PyHeapTypeObject *heap_type = (PyHeapTypeObject *)type;
        named_edge(walk, heap_type->ht_name, EDGE_ATTRIBUTE, "__name__");
        named_edge(walk, heap_type->ht_qualname, EDGE_ATTRIBUTE, "__qualname__");
        named_edge(walk, heap_type->ht_slots, EDGE_ATTRIBUTE, "__slots__");
        named_edge(walk, heap_type->ht_module, EDGE_INTERNAL, "ht_module");
        PyObject *visited[] = {dict, type->tp_bases, type->tp_mro, (PyObject *)type->tp_base, type->tp_cache,
                               heap_type->ht_module}; /* what a metatype's traverse visits first, or last */
        for (size_t i = 0; i < sizeof visited / sizeof visited[0]; i++) {
            walk->known[walk->known_count++] = visited[i];
        }
    }
}

/* The variables, as a group without references. */
static void declare(Walk *walk, PyCodeObject *code)
{
    uint32_t layout = code_layout(&walk->tables.layouts, &walk->tables.names, code);
    if (layout != 0) {
        edge(walk, (PyObject *)code, GROUP_DECLARES)->name = layout;
    }
}

static void put_idle(Walk *walk, PyCodeObject *code)
{
    if (!walk->options.graph || !code_never_ran(code)) {
        return;
    }
    if (!section_reserve(&walk->idle, 16)) {
        walk->failed = true;
        return;
    }
    int64_t place = (int64_t)((uintptr_t)code >> 3);
    put_varint(&walk->idle, zigzag(place - (int64_t)walk->previous_idle));
    walk->previous_idle = (uintptr_t)place;
}

void walk_code(Walk *walk, PyCodeObject *code)
{
    named_edge(walk, code->co_consts, EDGE_ATTRIBUTE, "co_consts");
    named_edge(walk, code->co_names, EDGE_ATTRIBUTE, "co_names");
    named_edge(walk, code->co_exceptiontable, EDGE_ATTRIBUTE, "co_exceptiontable");
    named_edge(walk, code->co_localsplusnames, EDGE_INTERNAL, "co_localsplusnames");
    named_edge(walk, code->co_localspluskinds, EDGE_INTERNAL, "co_localspluskinds");
    named_edge(walk, code->co_filename, EDGE_ATTRIBUTE, "co_filename");
    named_edge(walk, code->co_name, EDGE_ATTRIBUTE, "co_name");
    named_edge(walk, code->co_qualname, EDGE_ATTRIBUTE, "co_qualname");
    named_edge(walk, code->co_linetable, EDGE_ATTRIBUTE, "co_linetable");
    learn_code_names(&walk->tables.names, code->co_names);
    declare(walk, code);
    put_idle(walk, code);
}

void walk_weakref(Walk *walk, PyWeakReference *reference)
{
    if (reference->wr_object != NULL && reference->wr_object != Py_None) {
        edge(walk, reference->wr_object, GROUP_WEAK);
    }
    if (!(walk->info->parts & PART_FIELDS)) {
        named_edge(walk, reference->wr_callback, EDGE_ATTRIBUTE, "__callback__");
    }
}

/* The bytes that an array shows, or somewhat more: of types that aren't plain numbers its steps tell. -1: unknown. */
static Py_ssize_t shown_bytes(const NumpyArray *array)
{
    static const char plain[] = {1, 1, 1, 2, 2, 4, 4, 8, 8, 8, 8, 4, 8, 16, 8, 16, 32, 8}; /* bool … object */
    int number = array->dtype == NULL ? -1 : ((const NumpyDType *)array->dtype)->number;
    Py_ssize_t item = number >= 0 && number < (int)sizeof plain ? plain[number] : PY_SSIZE_T_MAX, count = 1;
    for (int i = 0; i < array->dimensions; i++) {
        Py_ssize_t step = array->strides[i] < 0 ? -array->strides[i] : array->strides[i];
        if (number >= (int)sizeof plain && step > 0 && step < item) {
            item = step;
        }
        if (array->shape[i] < 0 || __builtin_mul_overflow(count, array->shape[i], &count)) {
            return -1;
        }
    }
    return item == PY_SSIZE_T_MAX || __builtin_mul_overflow(count, item, &count) ? -1 : count;
}

/* An array's elements are invisible to any traverse. */
void walk_array(Walk *walk, PyObject *object)
{
    enum { NUMPY_OBJECT = 17 };
    NumpyArray *array = (NumpyArray *)object;
    named_edge(walk, array->base, EDGE_ATTRIBUTE, "base");
    named_edge(walk, array->dtype, EDGE_ATTRIBUTE, "dtype");
    if (array->base != NULL) {
        put_view(walk, object, shown_bytes(array));
    }
    if (array->dtype == NULL || ((NumpyDType *)array->dtype)->number != NUMPY_OBJECT || array->base != NULL) {
        return;
    }
    Py_ssize_t count = 1, span = sizeof(PyObject *);
    for (int i = array->dimensions - 1; i >= 0; i--) {
        if (array->shape[i] <= 0 || (array->shape[i] > 1 && array->strides[i] != span)) {
            return;
        }
        count *= array->shape[i];
        span *= array->shape[i];
    }
    for (Py_ssize_t i = 0; i < count; i++) {
        edge(walk, ((PyObject **)array->data)[i], GROUP_ELEMENTS)->number = i;
    }
}
