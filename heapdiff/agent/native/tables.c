#include "tables.h"

#include <string.h>

#include "bounds.h"
#include "format.h"
#include "internal/pycore_moduleobject.h"

enum { NAME_MOST = 1 << 20, IDENTIFIER_MOST = 255, NAMESPACE_MOST = 20000, LAYOUT_MOST = 4096 };
enum { MEMBER_OBJECT = 6, MEMBER_OBJECT_EX = 16, MEMBER_RELATIVE = 8 };

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

int tables_prepare(void)
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
    return 0;
}

bool tables_init(Tables *tables, HeapFile *file)
{
    memset(tables, 0, sizeof *tables);
    return section_init(&tables->names, file, "NAME", 1 << 16) && section_init(&tables->types, file, "TYPE", 1 << 16)
        && section_init(&tables->layouts, file, "LAYO", 1 << 16) && pointer_map_init(&tables->literal_names, 256)
        && pointer_map_init(&tables->str_names, 1 << 13) && pointer_map_init(&tables->type_ids, 1 << 12)
        && pointer_map_init(&tables->layout_ids, 1 << 12) && pointer_map_init(&tables->named_keys, 1 << 12)
        && pile_init(&tables->infos, sizeof(TypeInfo *), 4096);
}

bool tables_flush(Tables *tables)
{
    return section_flush(&tables->names) && section_flush(&tables->types) && section_flush(&tables->layouts);
}

/* --- text of str objects --------------------------------------------------------------------------------------- */

static bool is_str(PyObject *object)
{
#if PY_VERSION_HEX < 0x030C0000
    if (object != NULL && Py_IS_TYPE(object, &PyUnicode_Type) && !PyUnicode_IS_READY(object)) {
        return false;
    }
#endif
    return object != NULL && Py_IS_TYPE(object, &PyUnicode_Type);
}

size_t str_utf8(PyObject *str, char *out, size_t room)
{
    size_t used = 0;
    Py_ssize_t length = is_str(str) ? PyUnicode_GET_LENGTH(str) : 0;
    int kind = length > 0 ? PyUnicode_KIND(str) : 1;
    const void *data = length > 0 ? PyUnicode_DATA(str) : NULL;
    for (Py_ssize_t i = 0; i < length; i++) {
        Py_UCS4 point = PyUnicode_READ(kind, data, i);
        if (point >= 0xD800 && point < 0xE000) {
            point = 0xFFFD;
        }
        size_t needed = point < 0x80 ? 1 : point < 0x800 ? 2 : point < 0x10000 ? 3 : 4;
        if (used + needed > room) {
            break;
        }
        if (needed == 1) {
            out[used] = (char)point;
        } else {
            for (size_t at = needed - 1; at > 0; at--) {
                out[used + at] = (char)(0x80 | (point & 0x3F));
                point >>= 6;
            }
            out[used] = (char)((0xF00u >> needed) | point);
        }
        used += needed;
    }
    return used;
}

bool str_equals(PyObject *str, const char *ascii)
{
    size_t length = strlen(ascii);
    return is_str(str) && PyUnicode_IS_COMPACT_ASCII(str) && (size_t)PyUnicode_GET_LENGTH(str) == length
        && memcmp(PyUnicode_DATA(str), ascii, length) == 0;
}

static bool is_identifier_byte(unsigned char byte, bool first)
{
    return byte == '_' || (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z')
        || (!first && byte >= '0' && byte <= '9');
}

static bool is_identifier(PyObject *str)
{
    if (!PyUnicode_IS_COMPACT_ASCII(str)) {
        return PyUnicode_IsIdentifier(str) == 1;
    }
    const unsigned char *text = PyUnicode_DATA(str);
    for (Py_ssize_t i = 0; i < PyUnicode_GET_LENGTH(str); i++) {
        if (!is_identifier_byte(text[i], i == 0)) {
            return false;
        }
    }
    return PyUnicode_GET_LENGTH(str) > 0;
}

static bool is_code_name(PyObject *str)
{
    if (!PyUnicode_IS_COMPACT_ASCII(str)) {
        return PyUnicode_IsIdentifier(str) == 1;
    }
    const unsigned char *text = PyUnicode_DATA(str);
    bool first = true;
    for (Py_ssize_t i = 0; i < PyUnicode_GET_LENGTH(str); i++) {
        bool mark = text[i] == '.' || text[i] == '<' || text[i] == '>';
        if (!mark && !is_identifier_byte(text[i], first)) {
            return false;
        }
        first = mark;
    }
    return PyUnicode_GET_LENGTH(str) > 0;
}

/* --- names ----------------------------------------------------------------------------------------------------- */

uint32_t text_name(Tables *tables, const char *utf8, size_t bytes)
{
    if (bytes == 0 || tables->name_count >= NAME_MOST || !section_reserve(&tables->names, bytes + 10)) {
        return 0;
    }
    put_varint(&tables->names, bytes);
    put_bytes(&tables->names, utf8, bytes);
    return ++tables->name_count;
}

uint32_t literal_name(Tables *tables, const char *literal)
{
    bool added;
    uint32_t *place = pointer_map_place(&tables->literal_names, literal, &added);
    if (place == NULL) {
        return 0;
    }
    if (added) {
        *place = text_name(tables, literal, strlen(literal));
    }
    return *place;
}

static uint32_t str_name(Tables *tables, PyObject *str, bool (*accepts)(PyObject *))
{
    char text[IDENTIFIER_MOST * 4];
    if (!is_str(str)) {
        return 0;
    }
    uint32_t *place = pointer_map_find(&tables->str_names, str);
    if (place != NULL) {
        return *place;
    }
    if (PyUnicode_GET_LENGTH(str) > IDENTIFIER_MOST || !accepts(str) || tables->str_names.used >= NAME_MOST) {
        return 0;
    }
    bool added;
    place = pointer_map_place(&tables->str_names, str, &added);
    if (place == NULL) {
        return 0;
    }
    *place = text_name(tables, text, str_utf8(str, text, sizeof text));
    return *place;
}

uint32_t identifier_name(Tables *tables, PyObject *str)
{
    return str_name(tables, str, is_identifier);
}

uint32_t code_name(Tables *tables, PyObject *str)
{
    return str_name(tables, str, is_code_name);
}

void learn_namespace(Tables *tables, PyObject *object)
{
    PyDictObject *dict = (PyDictObject *)object;
    if (object == NULL || !PyDict_Check(object) || dict->ma_keys == NULL) {
        return;
    }
    Py_ssize_t entries = dict_entries(dict), from = 0;
    if (entries > NAMESPACE_MOST) {
        entries = NAMESPACE_MOST;
    }
    if (dict->ma_values != NULL) {
        bool added;
        uint32_t *known = pointer_map_place(&tables->named_keys, dict->ma_keys, &added);
        if (known == NULL) {
            return;
        }
        from = *known;
        *known = (uint32_t)entries;
    }
    for (Py_ssize_t i = from; i < entries; i++) {
        identifier_name(tables, keys_key(dict->ma_keys, i));
    }
}

/* --- layouts --------------------------------------------------------------------------------------------------- */

static uint32_t begin_layout(Tables *tables, size_t count)
{
    if (!section_reserve(&tables->layouts, 10 + count * 12)) {
        return 0;
    }
    put_varint(&tables->layouts, count);
    return ++tables->layout_count;
}

static void layout_entry(Tables *tables, enum EdgeKind kind, uint32_t name)
{
    put_varint(&tables->layouts, kind);
    put_varint(&tables->layouts, name);
}

uint32_t code_layout(Tables *tables, PyCodeObject *code)
{
    bool added;
    PyObject *names = code->co_localsplusnames, *kinds = code->co_localspluskinds;
    if (names == NULL || !Py_IS_TYPE(names, &PyTuple_Type) || kinds == NULL || !Py_IS_TYPE(kinds, &PyBytes_Type)) {
        return 0;
    }
    Py_ssize_t count = PyTuple_GET_SIZE(names);
    uint32_t *place = pointer_map_place(&tables->layout_ids, code, &added);
    if (place == NULL || !added || count == 0 || count > LAYOUT_MOST || PyBytes_GET_SIZE(kinds) != count) {
        return place == NULL ? 0 : *place;
    }
    uint32_t layout = *place = begin_layout(tables, (size_t)count);
    for (Py_ssize_t i = 0; layout != 0 && i < count; i++) {
        unsigned char kind = (unsigned char)PyBytes_AS_STRING(kinds)[i];
        layout_entry(tables, kind & CO_FAST_FREE ? EDGE_FREE : kind & CO_FAST_CELL ? EDGE_CELL : EDGE_LOCAL,
                     identifier_name(tables, PyTuple_GET_ITEM(names, i)));
    }
    return layout;
}

static void values_layout(Tables *tables, TypeInfo *info)
{
    PyDictKeysObject *keys = cached_keys(info->type);
    Py_ssize_t count = keys == NULL ? 0 : keys->dk_nentries;
    if (count <= 0 || count > SHARED_KEYS_MAX_SIZE || !DK_IS_UNICODE(keys)) {
        return;
    }
    uint32_t names[SHARED_KEYS_MAX_SIZE];
    for (Py_ssize_t i = 0; i < count; i++) {
        names[i] = identifier_name(tables, keys_key(keys, i));
    }
    info->values_keys = keys;
    info->values_layout = begin_layout(tables, (size_t)count);
    info->values_count = info->values_layout == 0 ? 0 : (uint32_t)count;
    for (Py_ssize_t i = 0; i < (Py_ssize_t)info->values_count; i++) {
        layout_entry(tables, EDGE_ATTRIBUTE, names[i]);
    }
}

/* --- fields ---------------------------------------------------------------------------------------------------- */

typedef struct {
    uint16_t offset;
    uint32_t name;
    enum EdgeKind kind;
} Field;

typedef struct {
    Tables *tables;
    Field fields[FIELDS_MOST];
    uint32_t count;
} FieldList;

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
    list->fields[list->count++] = (Field){(uint16_t)offset, literal_name(list->tables, name), kind};
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

static void find_fields(Tables *tables, TypeInfo *info)
{
    FieldList list = {.tables = tables};
    for (PyTypeObject *type = info->type; type != NULL; type = type->tp_base) {
        known_fields(&list, type);
        for (PyMemberDef *member = type->tp_members; member != NULL && member->name != NULL; member++) {
            if ((member->type == MEMBER_OBJECT || member->type == MEMBER_OBJECT_EX)
                && !(member->flags & MEMBER_RELATIVE)) {
                add_field(&list, member->offset, member->name, EDGE_ATTRIBUTE);
            }
        }
    }
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
    info->field_layout = info->field_offsets == NULL ? 0 : begin_layout(tables, list.count);
    if (info->field_layout == 0) {
        return;
    }
    for (uint32_t i = 0; i < list.count; i++) {
        info->field_offsets[i] = list.fields[i].offset;
        layout_entry(tables, list.fields[i].kind, list.fields[i].name);
    }
    info->field_count = list.count;
    info->parts |= PART_FIELDS;
}

/* --- types ----------------------------------------------------------------------------------------------------- */

static bool is_subtype(PyTypeObject *type, PyTypeObject *base)
{
    while (type != NULL && type != base) {
        type = type->tp_base;
    }
    return type != NULL;
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
    if (info->parts & PART_TYPE) {
        base = NULL; /* a metatype's traverse ends the process when it meets a static type */
    }
    if (base != NULL && base->tp_traverse != NULL && (type->tp_flags & Py_TPFLAGS_HAVE_GC)) {
        info->parts |= PART_TRAVERSE;
        info->traverse = base->tp_traverse;
        if (strcmp(base->tp_name, "collections.deque") == 0) {
            info->parts |= PART_IN_ORDER;
        }
    }
    if (has_managed_dict(type)) {
        info->parts |= PART_MANAGED;
    }
    if (strcmp(type->tp_name, "numpy.ndarray") == 0) {
        info->parts |= PART_ARRAY;
    }
}

static PyObject *raw_get(PyObject *dict, const char *key)
{
    for (Py_ssize_t i = 0; dict != NULL && PyDict_Check(dict) && i < dict_entries((PyDictObject *)dict); i++) {
        DictItem item = dict_item((PyDictObject *)dict, i);
        if (item.value != NULL && str_equals(item.key, key)) {
            return item.value;
        }
    }
    return NULL;
}

/* How to size instances: natively, or by the first C-level __sizeof__ along the method resolution order. */
static void find_size(TypeInfo *info)
{
    PyTypeObject *type = info->type;
    const struct {
        PyTypeObject *base;
        enum SizeKind kind;
    } native[] = {
        {&PyBaseObject_Type, SIZE_ITEMS}, {&PyUnicode_Type, SIZE_STR}, {&PyLong_Type, SIZE_INT},
        {&PyList_Type, SIZE_LIST},        {&PyDict_Type, SIZE_DICT},   {&PySet_Type, SIZE_SET},
        {&PyFrozenSet_Type, SIZE_SET},
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
        PyObject *method = raw_get(type_dict(owner), "__sizeof__");
        if (method != NULL && Py_IS_TYPE(method, &PyMethodDescr_Type)
            && ((PyMethodDescrObject *)method)->d_method->ml_flags == METH_NOARGS) {
            info->size_kind = SIZE_METHOD;
            info->size_method = ((PyMethodDescrObject *)method)->d_method->ml_meth;
            return;
        }
    }
}

/* module.qualname into `text`; returns the length of the module part through `module_bytes`. */
static size_t type_text(PyTypeObject *type, char *text, size_t room, size_t *module_bytes)
{
    static const char more[] = "\xE2\x80\xA6";
    const char *dot = strrchr(type->tp_name, '.');
    size_t used = 0;
    if (type->tp_flags & Py_TPFLAGS_HEAPTYPE) {
        PyObject *module = raw_get(type_dict(type), "__module__");
        used = is_str(module) ? str_utf8(module, text, room / 2) : 0;
    } else {
        used = dot == NULL ? 0 : (size_t)(dot - type->tp_name);
        used = used > room / 2 ? room / 2 : used;
        memcpy(text, type->tp_name, used);
    }
    if (used == 0 && dot == NULL) {
        memcpy(text, "builtins", used = 8);
    }
    *module_bytes = used;
    PyObject *qualname = type->tp_flags & Py_TPFLAGS_HEAPTYPE ? ((PyHeapTypeObject *)type)->ht_qualname : NULL;
    size_t left = room - used - sizeof more;
    if (is_str(qualname)) {
        size_t bytes = str_utf8(qualname, text + used, left);
        used += bytes;
        if (bytes + 4 > left) {
            memcpy(text + used, more, sizeof more - 1);
            used += sizeof more - 1;
        }
    } else {
        const char *name = dot == NULL ? type->tp_name : dot + 1;
        size_t bytes = strlen(name) < left ? strlen(name) : left;
        memcpy(text + used, name, bytes);
        used += bytes;
    }
    return used;
}

static bool write_type(Tables *tables, TypeInfo *info, const char *text, size_t module_bytes, size_t bytes)
{
    Section *types = &tables->types;
    if (!section_reserve(types, bytes + 60)) {
        return false;
    }
    put_varint(types, (uintptr_t)info->type >> 3);
    put_varint(types, info->flags);
    put_varint(types, info->fixed_bytes);
    put_varint(types, module_bytes);
    put_bytes(types, text, module_bytes);
    put_varint(types, bytes - module_bytes);
    put_bytes(types, text + module_bytes, bytes - module_bytes);
    bool builtin = module_bytes == 8 && memcmp(text, "builtins", 8) == 0;
    char *shown = memory_take(bytes + 2);
    if (shown == NULL) {
        return false;
    }
    info->text = shown;
    if (builtin || module_bytes == 0) {
        memcpy(shown, text + module_bytes, bytes - module_bytes);
        info->text_bytes = bytes - module_bytes;
    } else {
        memcpy(shown, text, module_bytes);
        shown[module_bytes] = '.';
        memcpy(shown + module_bytes + 1, text + module_bytes, bytes - module_bytes);
        info->text_bytes = bytes + 1;
    }
    info->own = (module_bytes == 8 && memcmp(text, "heapdiff", 8) == 0)
        || (module_bytes > 8 && memcmp(text, "heapdiff.", 9) == 0);
    return true;
}

static TypeInfo *new_info(Tables *tables)
{
    TypeInfo *info = memory_take(sizeof *info);
    TypeInfo **place = pile_push(&tables->infos);
    if (info == NULL || place == NULL) {
        return NULL;
    }
    *place = info;
    info->id = (uint32_t)(tables->infos.count - 1);
    return info;
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
    TypeInfo *info = new_info(tables);
    if (info == NULL) {
        return NULL;
    }
    *place = info->id;
    info->type = type;
    info->flags = (type->tp_flags & Py_TPFLAGS_HEAPTYPE ? TYPE_HEAP_TYPE : 0)
        | (type->tp_flags & Py_TPFLAGS_HAVE_GC ? TYPE_GC : 0) | (type->tp_flags & Py_TPFLAGS_DICT_SUBCLASS ? TYPE_DICT : 0)
        | (type->tp_flags & Py_TPFLAGS_TYPE_SUBCLASS ? TYPE_TYPE : 0);
    find_parts(info);
    if (!(info->parts & (PART_TYPE | PART_CODE | PART_FRAME | PART_GENERATOR))) {
        find_fields(tables, info);
    }
    if (info->parts & PART_MANAGED) {
        values_layout(tables, info);
    }
    find_size(info);
    info->bound_offset = bound_offset(type);
    size_t bytes = type_text(type, text, sizeof text, &module_bytes);
    return write_type(tables, info, text, module_bytes, bytes) ? info : NULL;
}

TypeInfo *make_pseudo_type(Tables *tables, const char *text)
{
    TypeInfo *info = new_info(tables);
    if (info == NULL) {
        return NULL;
    }
    info->flags = TYPE_PSEUDO;
    return write_type(tables, info, text, 0, strlen(text)) ? info : NULL;
}

/* --- sizes ----------------------------------------------------------------------------------------------------- */

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
    case SIZE_ITEMS: {
        Py_ssize_t count = Py_SIZE(object);
        bytes += (size_t)info->type->tp_itemsize * (size_t)(count < 0 ? -count : count);
        break;
    }
    case SIZE_STR:
        bytes = str_bytes(object) + bytes - sizeof(PyUnicodeObject);
        break;
    case SIZE_INT:
        bytes = int_bytes(object) + bytes - (size_t)PyLong_Type.tp_basicsize;
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
