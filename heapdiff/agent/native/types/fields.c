#include "types/fields.h"

#include <string.h>

enum { MEMBER_OBJECT = 6, MEMBER_OBJECT_EX = 16, MEMBER_RELATIVE = 8 };

typedef struct {
    uint16_t offset;
    uint32_t name;
    enum EdgeKind kind;
} Field;

typedef struct {
    Names *names;
    Field fields[FIELDS_MOST];
    uint32_t count;
} FieldList;

static bool is_reference(const PyMemberDef *member)
{
    return (member->type == MEMBER_OBJECT || member->type == MEMBER_OBJECT_EX) && !(member->flags & MEMBER_RELATIVE);
}

static void add_field(FieldList *list, Py_ssize_t offset, const char *name, enum EdgeKind kind)
{
    if (offset < (Py_ssize_t)sizeof(PyObject) || offset > UINT16_MAX || offset % (Py_ssize_t)sizeof(void *) != 0
        || list->count == FIELDS_MOST) {
        return;
    }
    for (uint32_t i = 0; i < list->count; i++) {
        if (list->fields[i].offset == offset) {
            return;
        }
    }
    list->fields[list->count++] = (Field){(uint16_t)offset, literal_name(list->names, name), kind};
}

/* Members of interpreter structs that have a name for Python code but no PyMemberDef. */
static void known_fields(FieldList *list, PyTypeObject *type)
{
    const struct {
        PyTypeObject *type;
        size_t offset;
        const char *name;
    } known[] = {
        {&PyFunction_Type, offsetof(PyFunctionObject, func_code), "__code__"},
        {&PyFunction_Type, offsetof(PyFunctionObject, func_defaults), "__defaults__"},
        {&PyFunction_Type, offsetof(PyFunctionObject, func_kwdefaults), "__kwdefaults__"},
        {&PyFunction_Type, offsetof(PyFunctionObject, func_annotations), "__annotations__"},
#if PY_VERSION_HEX >= 0x030E0000
        {&PyFunction_Type, offsetof(PyFunctionObject, func_annotate), "__annotate__"},
#endif
        {&PyFunction_Type, offsetof(PyFunctionObject, func_name), "__name__"},
        {&PyFunction_Type, offsetof(PyFunctionObject, func_qualname), "__qualname__"},
        {&PyCell_Type, offsetof(PyCellObject, ob_ref), "cell_contents"},
        {&PyCFunction_Type, offsetof(PyCFunctionObject, m_self), "__self__"},
        {&PyTraceBack_Type, offsetof(PyTracebackObject, tb_next), "tb_next"},
        {&PyTraceBack_Type, offsetof(PyTracebackObject, tb_frame), "tb_frame"},
        {(PyTypeObject *)PyExc_BaseException, offsetof(PyBaseExceptionObject, args), "args"},
        {(PyTypeObject *)PyExc_BaseException, offsetof(PyBaseExceptionObject, notes), "__notes__"},
        {(PyTypeObject *)PyExc_BaseException, offsetof(PyBaseExceptionObject, traceback), "__traceback__"},
        {(PyTypeObject *)PyExc_BaseException, offsetof(PyBaseExceptionObject, context), "__context__"},
        {(PyTypeObject *)PyExc_BaseException, offsetof(PyBaseExceptionObject, cause), "__cause__"},
    };
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        if (known[i].type == type) {
            add_field(list, (Py_ssize_t)known[i].offset, known[i].name, EDGE_ATTRIBUTE);
        }
    }
}

/* The same of types without a traverse, by name: their modules may not be loaded. */
static void unvisited_fields(FieldList *list, PyTypeObject *type)
{
    const struct {
        const char *type;
        Py_ssize_t basic_bytes;
        const char *names[2]; /* all that follows the header, or what comes first */
    } known[] = {
        {"datetime.timezone", sizeof(PyObject) + 2 * sizeof(PyObject *), {"offset", "name"}},
        {"_io.IncrementalNewlineDecoder", sizeof(PyObject) + 3 * sizeof(PyObject *), {"decoder", "errors"}},
    };
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        if (type->tp_flags & (Py_TPFLAGS_HEAPTYPE | Py_TPFLAGS_HAVE_GC) || type->tp_basicsize != known[i].basic_bytes
            || strcmp(type->tp_name, known[i].type) != 0) {
            continue;
        }
        for (size_t at = 0; at < 2; at++) {
            add_field(list, (Py_ssize_t)(sizeof(PyObject) + at * sizeof(PyObject *)), known[i].names[at], EDGE_INTERNAL);
        }
    }
}

void find_fields(Tables *tables, TypeInfo *info)
{
    FieldList list = {.names = &tables->names};
    PyTypeObject *type = info->type;
    do {
        known_fields(&list, type);
        unvisited_fields(&list, type);
        for (PyMemberDef *member = type->tp_members; member != NULL && member->name != NULL; member++) {
            if (is_reference(member)) {
                add_field(&list, member->offset, member->name, EDGE_ATTRIBUTE);
            }
        }
    } while ((type = type->tp_base) != NULL);
    if (!has_managed_dict(info->type) && info->type->tp_dictoffset > 0) {
        add_field(&list, info->type->tp_dictoffset, "__dict__", EDGE_ATTRIBUTE);
    }
    if (!has_managed_dict(info->type) && info->type->tp_dictoffset < 0) {
        info->parts |= PART_TAIL_DICT;
    }
    if (list.count == 0) {
        return;
    }
    info->field_offsets = memory_take(list.count * sizeof *info->field_offsets);
    info->field_layout = info->field_offsets == NULL ? 0 : begin_layout(&tables->layouts, list.count);
    if (info->field_layout == 0) {
        return;
    }
    for (uint32_t i = 0; i < list.count; i++) {
        info->field_offsets[i] = list.fields[i].offset;
        layout_entry(&tables->layouts, list.fields[i].kind, list.fields[i].name);
    }
    info->field_count = list.count;
    info->parts |= PART_FIELDS;
}

PyObject *member_named(PyObject *object, const char *name)
{
    for (PyTypeObject *type = Py_TYPE(object); type != NULL; type = type->tp_base) {
        for (PyMemberDef *member = type->tp_members; member != NULL && member->name != NULL; member++) {
            if (is_reference(member) && strcmp(member->name, name) == 0) {
                return *(PyObject **)((char *)object + member->offset);
            }
        }
    }
    return NULL;
}

void find_values(Tables *tables, TypeInfo *info)
{
    PyDictKeysObject *keys = cached_keys(info->type);
    Py_ssize_t count = keys == NULL ? 0 : keys->dk_nentries;
    if (count <= 0 || count > SHARED_KEYS_MAX_SIZE || !DK_IS_UNICODE(keys)) {
        return;
    }
    uint32_t names[SHARED_KEYS_MAX_SIZE];
    for (Py_ssize_t i = 0; i < count; i++) {
        names[i] = identifier_name(&tables->names, keys_key(keys, i));
    }
    info->values_keys = keys;
    info->values_layout = begin_layout(&tables->layouts, (size_t)count);
    info->values_count = info->values_layout == 0 ? 0 : (uint32_t)count;
    for (Py_ssize_t i = 0; i < (Py_ssize_t)info->values_count; i++) {
        layout_entry(&tables->layouts, EDGE_ATTRIBUTE, names[i]);
    }
}
