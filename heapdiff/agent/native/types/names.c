#include "types/names.h"

#include <string.h>

#include "cpython/text.h"

enum { NAME_MOST = 1 << 20, IDENTIFIER_MOST = 255, IDENTIFIER_BYTES_MOST = IDENTIFIER_MOST * 4, NAMESPACE_MOST = 20000 };

bool names_init(Names *names, HeapFile *file)
{
    names->count = 0;
    return section_init(&names->section, file, "NAME", 1 << 16) && pointer_map_init(&names->literals, 256)
        && pointer_map_init(&names->strings, 1 << 13) && pointer_map_init(&names->known_keys, 1 << 12);
}

uint32_t text_name(Names *names, const char *utf8, size_t bytes)
{
    if (bytes == 0 || names->count >= NAME_MOST || !section_reserve(&names->section, bytes + 10)) {
        return 0;
    }
    put_varint(&names->section, bytes);
    put_bytes(&names->section, utf8, bytes);
    return ++names->count;
}

uint32_t literal_name(Names *names, const char *literal)
{
    bool added;
    uint32_t *place = pointer_map_place(&names->literals, literal, &added);
    if (place == NULL) {
        return 0;
    }
    if (added) {
        size_t bytes = strnlen(literal, IDENTIFIER_BYTES_MOST + 1); /* a class may name its slots as it likes */
        *place = bytes > IDENTIFIER_BYTES_MOST ? 0 : text_name(names, literal, bytes);
    }
    return *place;
}

static uint32_t str_name(Names *names, PyObject *str, bool (*accepts)(PyObject *))
{
    char text[IDENTIFIER_BYTES_MOST];
    if (!is_str(str)) {
        return 0;
    }
    uint32_t *place = pointer_map_find(&names->strings, str);
    if (place != NULL) {
        return *place;
    }
    if (PyUnicode_GET_LENGTH(str) > IDENTIFIER_MOST || !accepts(str) || names->strings.used >= NAME_MOST) {
        return 0;
    }
    bool added;
    place = pointer_map_place(&names->strings, str, &added);
    if (place == NULL) {
        return 0;
    }
    *place = text_name(names, text, str_utf8(str, text, sizeof text));
    return *place;
}

uint32_t identifier_name(Names *names, PyObject *str)
{
    return str_name(names, str, is_identifier);
}

uint32_t code_name(Names *names, PyObject *str)
{
    return str_name(names, str, is_code_name);
}

void learn_namespace(Names *names, PyObject *object)
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
        uint32_t *known = pointer_map_place(&names->known_keys, dict->ma_keys, &added);
        if (known == NULL) {
            return;
        }
        from = *known;
        *known = (uint32_t)entries;
    }
    for (Py_ssize_t i = from; i < entries; i++) {
        identifier_name(names, keys_key(dict->ma_keys, i));
    }
}
