#include "types/titles.h"

#include <string.h>

#include "cpython/text.h"
#include "types/names.h"

enum { QUALNAME_MOST = 512 };

static PyObject *qualname_of(PyTypeObject *type)
{
    return type->tp_flags & Py_TPFLAGS_HEAPTYPE ? ((PyHeapTypeObject *)type)->ht_qualname : NULL;
}

/* What C code wrote before the last dot. In a class's own name a dot means nothing. */
static size_t dotted_part(PyTypeObject *type, char *text, size_t room)
{
    const char *dot = strrchr(type->tp_name, '.');
    bool own = type->tp_flags & Py_TPFLAGS_HEAPTYPE
        && (dot == NULL || !str_equals(((PyHeapTypeObject *)type)->ht_name, dot + 1));
    size_t used = dot == NULL || own ? 0 : (size_t)(dot - type->tp_name);
    used = used < room ? used : room;
    memcpy(text, type->tp_name, used);
    return used;
}

static PyObject *getter_of(PyObject *property)
{
    PyMemberDef *member = PyProperty_Type.tp_members;
    while (member != NULL && member->name != NULL && strcmp(member->name, "fget") != 0) {
        member++;
    }
    return member == NULL || member->name == NULL ? NULL : *(PyObject **)((char *)property + member->offset);
}

/* A function's or property's module, if the type's own body defines it. */
static PyObject *module_of_definition(PyTypeObject *type, PyObject *value)
{
    char own[QUALNAME_MOST], other[QUALNAME_MOST];
    if (value != NULL && Py_IS_TYPE(value, &PyProperty_Type)) {
        value = getter_of(value);
    }
    if (value == NULL || !Py_IS_TYPE(value, &PyFunction_Type)) {
        return NULL;
    }
    PyFunctionObject *function = (PyFunctionObject *)value;
    size_t bytes = str_utf8(qualname_of(type), own, sizeof own - 1);
    own[bytes++] = '.';
    return str_utf8(function->func_qualname, other, sizeof other) > bytes && memcmp(own, other, bytes) == 0
        ? function->func_module : NULL;
}

/* Where `__module__` is a descriptor for the instances, as in zope.interface, the type's own functions know it still. */
static PyObject *module_of_functions(PyTypeObject *type)
{
    PyObject *dict = type_dict(type);
    for (Py_ssize_t i = 0; dict != NULL && is_any_dict(dict) && i < dict_entries((PyDictObject *)dict); i++) {
        PyObject *module = module_of_definition(type, dict_item((PyDictObject *)dict, i).value);
        if (is_str(module)) {
            return module;
        }
    }
    return NULL;
}

static size_t module_text(PyTypeObject *type, char *text, size_t room)
{
    bool heap_type = type->tp_flags & Py_TPFLAGS_HEAPTYPE;
    PyObject *module = heap_type ? item_named(type_dict(type), "__module__") : NULL;
    size_t used = is_str(module) ? str_utf8(module, text, room) : dotted_part(type, text, room);
    if (used == 0 && heap_type && !is_str(module)) {
        return str_utf8(module_of_functions(type), text, room);
    }
    if (used == 0 && !heap_type) {
        memcpy(text, "builtins", used = 8);
    }
    return used;
}

static size_t literal_text(const char *literal, char *text, size_t room)
{
    size_t bytes = strnlen(literal, room);
    memcpy(text, literal, bytes);
    return bytes;
}

/* A static type's name is a literal of its C code, which may have a hyphen in it; a class's may be made of anything. */
size_t type_text(PyTypeObject *type, char text[TYPE_TEXT_MOST], size_t *module_bytes)
{
    bool heap_type = type->tp_flags & Py_TPFLAGS_HEAPTYPE;
    const char *dot = strrchr(type->tp_name, '.');
    size_t module = module_text(type, text, TYPE_PART_MOST);
    if (heap_type) {
        module = hide_data(text, module);
    }
    char *name = text + module;
    *module_bytes = module;
    if (!heap_type) {
        return module + literal_text(dot == NULL ? type->tp_name : dot + 1, name, TYPE_PART_MOST);
    }
    size_t bytes = str_utf8(qualname_of(type), name, TYPE_PART_MOST);
    return module + hide_data(name, bytes);
}
