#include "types/sizes.h"

#include "cpython/text.h"

void find_size(TypeInfo *info)
{
    PyTypeObject *type = info->type;
    const struct {
        PyTypeObject *base;
        enum SizeKind kind;
    } native[] = {
        {&PyBaseObject_Type, SIZE_ITEMS}, {&PyUnicode_Type, SIZE_STR}, {&PyLong_Type, SIZE_INT},
        {&PyList_Type, SIZE_LIST},        {&PyDict_Type, SIZE_DICT},   {&PySet_Type, SIZE_SET},
        {&PyFrozenSet_Type, SIZE_SET},
#if PY_VERSION_HEX >= 0x030F0000
        {&PyFrozenDict_Type, SIZE_DICT},
#endif
    };
    info->fixed_bytes = (size_t)type->tp_basicsize + object_preheader_bytes(type);
    info->size_kind = type->tp_itemsize == 0 ? SIZE_FIXED : SIZE_ITEMS;
    PyObject *order = type->tp_mro;
    for (Py_ssize_t i = 0; order != NULL && Py_IS_TYPE(order, &PyTuple_Type) && i < PyTuple_GET_SIZE(order); i++) {
        PyTypeObject *owner = (PyTypeObject *)PyTuple_GET_ITEM(order, i);
        for (size_t k = 0; k < sizeof native / sizeof native[0]; k++) {
            if (native[k].base == owner) {
                info->size_kind = native[k].kind == SIZE_ITEMS ? info->size_kind : native[k].kind;
                return;
            }
        }
        PyObject *method = item_named(type_dict(owner), "__sizeof__");
        if (method != NULL && Py_IS_TYPE(method, &PyMethodDescr_Type)
            && ((PyMethodDescrObject *)method)->d_method->ml_flags == METH_NOARGS) {
            info->size_kind = SIZE_METHOD;
            info->size_method = ((PyMethodDescrObject *)method)->d_method->ml_meth;
            return;
        }
    }
}

static size_t str_bytes(PyObject *object)
{
    PyASCIIObject *ascii = (PyASCIIObject *)object;
    PyCompactUnicodeObject *compact = (PyCompactUnicodeObject *)object;
    size_t length = (size_t)ascii->length, bytes;
    if (ascii->state.compact && ascii->state.ascii) {
        return sizeof(PyASCIIObject) + length + 1;
    }
    if (ascii->state.compact) {
        bytes = sizeof(PyCompactUnicodeObject) + (length + 1) * ascii->state.kind;
    } else {
        PyUnicodeObject *legacy = (PyUnicodeObject *)object;
        bytes = sizeof(PyUnicodeObject) + (legacy->data.any == NULL ? 0 : (length + 1) * ascii->state.kind);
    }
    bool shares = !ascii->state.compact && ascii->state.ascii;
    if (compact->utf8 != NULL && !shares) {
        bytes += (size_t)compact->utf8_length + 1;
    }
    return bytes;
}

static size_t set_extra_bytes(PySetObject *set)
{
    return set->table == set->smalltable ? 0 : (size_t)(set->mask + 1) * sizeof(setentry);
}

static size_t method_bytes(TypeInfo *info, PyObject *object)
{
    PyObject *answer = info->size_method(object, NULL);
    Py_ssize_t bytes = answer != NULL && Py_IS_TYPE(answer, &PyLong_Type) ? PyLong_AsSsize_t(answer) : -1;
    if (bytes < 0) {
        PyErr_Clear();
        return info->fixed_bytes;
    }
    return (size_t)bytes + object_preheader_bytes(info->type);
}

size_t shallow_bytes(TypeInfo *info, PyObject *object)
{
    size_t bytes = info->fixed_bytes;
    switch (info->size_kind) {
    case SIZE_FIXED:
        break;
    case SIZE_UNREADABLE:
        return bytes;
    case SIZE_ITEMS: {
        Py_ssize_t count = Py_SIZE(object);
        bytes += (size_t)info->type->tp_itemsize * (size_t)(count < 0 ? -count : count);
        break;
    }
    case SIZE_STR:
        bytes = str_bytes(object) + bytes - sizeof(PyUnicodeObject);
        break;
    case SIZE_INT:
        bytes = int_bytes(object) + object_preheader_bytes(info->type); /* as int.__sizeof__: not what a subclass adds */
        break;
    case SIZE_LIST:
        bytes += (size_t)((PyListObject *)object)->allocated * sizeof(PyObject *);
        break;
    case SIZE_DICT:
        bytes += dict_extra_bytes((PyDictObject *)object);
        break;
    case SIZE_SET:
        bytes += set_extra_bytes((PySetObject *)object);
        break;
    case SIZE_METHOD:
        bytes = method_bytes(info, object);
        break;
    }
    if (info->parts & PART_TYPE && !(((PyTypeObject *)object)->tp_flags & Py_TPFLAGS_HEAPTYPE)) {
        bytes -= sizeof(PyGC_Head);
    }
    if (info->parts & PART_MANAGED) {
        PyDictValues *values;
        PyObject *dict;
        managed_attributes(object, &values, &dict);
        bytes += managed_bytes(object, values);
    }
    return bytes;
}
