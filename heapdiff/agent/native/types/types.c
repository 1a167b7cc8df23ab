#include "types/types.h"

#include <string.h>

#include "content/text_streams.h"
#include "content/zones.h"
#include "cpython/text.h"
#include "types/bounds.h"
#include "types/fields.h"
#include "types/sizes.h"
#include "types/titles.h"

static traverseproc subtype_traverse;

/* Types whose instances are walked by our own code, and their own traverse functions, which C subclasses may inherit. */
static struct {
    PyTypeObject *base;
    uint32_t part;
    traverseproc traverse;
} native_parts[] = {
    {&PyList_Type, PART_LIST, NULL},
    {&PyTuple_Type, PART_TUPLE, NULL},
    {&PyDict_Type, PART_DICT, NULL},
#if PY_VERSION_HEX >= 0x030F0000
    {&PyFrozenDict_Type, PART_DICT, NULL},
#endif
    {&PySet_Type, PART_SET, NULL},
    {&PyFrozenSet_Type, PART_SET, NULL},
    {&PyType_Type, PART_TYPE, NULL},
    {&PyCode_Type, PART_CODE, NULL},
    {&PyGen_Type, PART_GENERATOR, NULL},
    {&PyCoro_Type, PART_GENERATOR, NULL},
    {&PyAsyncGen_Type, PART_GENERATOR, NULL},
    {&PyFrame_Type, PART_FRAME, NULL},
    {&PyFunction_Type, PART_FUNCTION, NULL},
    {&PyModule_Type, PART_MODULE, NULL},
    {&_PyWeakref_RefType, PART_WEAKREF, NULL},
    {&_PyWeakref_ProxyType, PART_WEAKREF, NULL},
    {&_PyWeakref_CallableProxyType, PART_WEAKREF, NULL},
};

int types_prepare(void)
{
    for (size_t i = 0; i < sizeof native_parts / sizeof native_parts[0]; i++) {
        native_parts[i].traverse = native_parts[i].base->tp_traverse;
    }
    PyObject *probe = PyObject_CallFunction((PyObject *)&PyType_Type, "s(){}", "probe");
    if (probe == NULL) {
        return -1;
    }
    subtype_traverse = ((PyTypeObject *)probe)->tp_traverse;
    Py_DECREF(probe);
    bounds_prepare();
    text_streams_prepare();
    return text_prepare();
}

static bool is_subtype(PyTypeObject *type, PyTypeObject *base)
{
    while (type != NULL && type != base) {
        type = type->tp_base;
    }
    return type != NULL;
}

/* The getter of `gr_frame`, for greenlets of any kind. */
static getter find_greenlet_frame(PyTypeObject *type)
{
    while (type != NULL && strcmp(type->tp_name, "greenlet.greenlet") != 0) {
        type = type->tp_base;
    }
    PyGetSetDef *attribute = type == NULL ? NULL : type->tp_getset;
    while (attribute != NULL && attribute->name != NULL && strcmp(attribute->name, "gr_frame") != 0) {
        attribute++;
    }
    return attribute == NULL || attribute->name == NULL ? NULL : attribute->get;
}

/* By its name, which a class of the application may have, too: only NumPy's own is no class and laid out so. */
static bool is_numpy_array(PyTypeObject *type)
{
    return strcmp(type->tp_name, "numpy.ndarray") == 0 && !(type->tp_flags & Py_TPFLAGS_HEAPTYPE)
        && type->tp_basicsize >= (Py_ssize_t)sizeof(NumpyArray);
}

/* Only what C code made is immutable, so a class of the application can't be taken for an array. */
static enum Buffer find_buffer(PyTypeObject *type)
{
    if (type->tp_flags & Py_TPFLAGS_UNICODE_SUBCLASS) {
        return BUFFER_STR;
    }
    for (; type != NULL; type = type->tp_base) {
        if (type == &PyByteArray_Type) {
            return BUFFER_BYTEARRAY;
        }
        if (type == &PyODict_Type) {
            return BUFFER_ORDERED;
        }
        if (type->tp_flags & Py_TPFLAGS_IMMUTABLETYPE && strcmp(type->tp_name, "array.array") == 0) {
            return BUFFER_ARRAY;
        }
        if (type->tp_flags & Py_TPFLAGS_IMMUTABLETYPE && strcmp(type->tp_name, "_io.BytesIO") == 0) {
            return BUFFER_BYTESIO;
        }
    }
    return BUFFER_NONE;
}

static void find_parts(TypeInfo *info)
{
    PyTypeObject *type = info->type;
    PyTypeObject *base = type;
    while (base != NULL && base->tp_traverse == subtype_traverse) {
        base = base->tp_base;
    }
    const uint32_t half_native = PART_FUNCTION | PART_MODULE;
    for (size_t i = 0; i < sizeof native_parts / sizeof native_parts[0]; i++) {
        if (!is_subtype(type, native_parts[i].base)) {
            continue;
        }
        info->parts |= native_parts[i].part;
        bool inherited = base != NULL && base->tp_traverse == native_parts[i].traverse;
        if (base == native_parts[i].base || inherited) {
            base = native_parts[i].part & half_native ? base : NULL;
        }
    }
    if (base != NULL && base->tp_traverse != NULL && (type->tp_flags & Py_TPFLAGS_HAVE_GC)) {
        info->parts |= PART_TRAVERSE;
        info->traverse = base->tp_traverse;
        if (strcmp(base->tp_name, "collections.deque") == 0) {
            info->parts |= PART_IN_ORDER;
        }
        if (strcmp(base->tp_name, "_thread._local") == 0) {
            info->parts |= PART_LOCALS;
        }
    }
    info->greenlet_frame = find_greenlet_frame(type);
    if (has_managed_dict(type)) {
        info->parts |= PART_MANAGED;
    }
    if (type == &PyMemoryView_Type) {
        info->parts |= PART_MEMORYVIEW;
    }
    if (is_numpy_array(type)) {
        info->parts |= PART_ARRAY;
    }
    if (is_text_stream(type)) {
        info->parts |= PART_TEXT_STREAM;
    }
    info->zone_offset = find_zone(type);
    if (info->zone_offset != 0) {
        info->parts |= PART_ZONE;
    }
}

TypeInfo *make_type_info(Tables *tables, PyTypeObject *type)
{
    char text[TYPE_TEXT_MOST];
    size_t module_bytes;
    bool added;
    uint32_t *place = pointer_map_place(&tables->type_ids, type, &added);
    if (place == NULL) {
        return NULL;
    }
    if (!added) {
        return ((TypeInfo **)tables->infos.items)[*place];
    }
    *place = tables->unreadable->id; /* what it stays when the type cannot be read to its end */
    TypeInfo *info = memory_take(sizeof *info);
    if (info == NULL) {
        return NULL;
    }
    info->type = type;
    info->flags = (type->tp_flags & Py_TPFLAGS_HEAPTYPE ? TYPE_HEAP_TYPE : 0)
        | (type->tp_flags & Py_TPFLAGS_HAVE_GC ? TYPE_GC : 0)
        | (type->tp_flags & Py_TPFLAGS_TYPE_SUBCLASS ? TYPE_TYPE : 0)
        | (tables->hashed && (type == &PyUnicode_Type || type == &PyBytes_Type) ? TYPE_HASHED : 0);
    find_parts(info);
    info->flags |= info->parts & PART_DICT ? TYPE_DICT : 0;
    if (!(info->parts & (PART_TYPE | PART_CODE | PART_FRAME | PART_GENERATOR))) {
        find_fields(tables, info);
    }
    const uint32_t struct_sequence = PART_TUPLE | PART_FIELDS | PART_TRAVERSE;
    if ((info->parts & struct_sequence) == struct_sequence) {
        info->parts &= ~(uint32_t)PART_TUPLE; /* its members are its items, and its own traverse visits the nameless */
    }
    if (info->parts & PART_MANAGED) {
        find_values(tables, info);
    }
    find_size(info);
    info->buffer = find_buffer(type);
    info->counters = counters_of(type);
    size_t bytes = type_text(type, text, &module_bytes);
    if (!write_type(tables, info, text, module_bytes, bytes)) {
        return NULL;
    }
    *place = info->id;
    return info;
}
