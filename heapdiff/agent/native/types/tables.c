#include "types/tables.h"

#include <string.h>

#include "cpython/text.h"
#include "write/format.h"

enum { NAME_MOST = 1 << 20, IDENTIFIER_MOST = 255, IDENTIFIER_BYTES_MOST = IDENTIFIER_MOST * 4 };
enum { NAMESPACE_MOST = 20000, LAYOUT_MOST = 4096 };

bool tables_init(Tables *tables, HeapFile *file)
{
    memset(tables, 0, sizeof *tables);
    return section_init(&tables->names, file, "NAME", 1 << 16) && section_init(&tables->types, file, "TYPE", 1 << 16)
        && section_init(&tables->layouts, file, "LAYO", 1 << 16) && pointer_map_init(&tables->literal_names, 256)
        && pointer_map_init(&tables->str_names, 1 << 13) && pointer_map_init(&tables->type_ids, 1 << 12)
        && pointer_map_init(&tables->layout_ids, 1 << 12) && pointer_map_init(&tables->named_keys, 1 << 12)
        && pile_init(&tables->infos, sizeof(TypeInfo *), 4096)
        && (tables->unreadable = make_bare_type(tables, "unreadable object", 0)) != NULL;
}

bool tables_flush(Tables *tables)
{
    return section_flush(&tables->names) && section_flush(&tables->types) && section_flush(&tables->layouts);
}

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
        size_t bytes = strnlen(literal, IDENTIFIER_BYTES_MOST + 1); /* a class may name its slots as it likes */
        *place = bytes > IDENTIFIER_BYTES_MOST ? 0 : text_name(tables, literal, bytes);
    }
    return *place;
}

static uint32_t str_name(Tables *tables, PyObject *str, bool (*accepts)(PyObject *))
{
    char text[IDENTIFIER_BYTES_MOST];
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
    if (object == NULL || !is_any_dict(object) || dict->ma_keys == NULL) {
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

uint32_t begin_layout(Tables *tables, size_t count)
{
    if (!section_reserve(&tables->layouts, 10 + count * 12)) {
        return 0;
    }
    put_varint(&tables->layouts, count);
    return ++tables->layout_count;
}

void layout_entry(Tables *tables, enum EdgeKind kind, uint32_t name)
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
    struct {
        enum EdgeKind kind;
        uint32_t name;
    } labels[LAYOUT_MOST]; /* read before the row is begun: one that a crash cuts short would shift all behind it */
    for (Py_ssize_t i = 0; i < count; i++) {
        unsigned char kind = (unsigned char)PyBytes_AS_STRING(kinds)[i];
        labels[i].kind = kind & CO_FAST_FREE ? EDGE_FREE : kind & CO_FAST_CELL ? EDGE_CELL : EDGE_LOCAL;
        labels[i].name = identifier_name(tables, PyTuple_GET_ITEM(names, i));
    }
    uint32_t layout = *place = begin_layout(tables, (size_t)count);
    for (Py_ssize_t i = 0; layout != 0 && i < count; i++) {
        layout_entry(tables, labels[i].kind, labels[i].name);
    }
    return layout;
}

void values_layout(Tables *tables, TypeInfo *info)
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
