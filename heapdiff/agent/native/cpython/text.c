#include "cpython/text.h"

#include <string.h>

bool is_str(PyObject *object)
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

/* Identifiers, with marks between them. */
static bool is_named(PyObject *str, const char *marks)
{
    if (!PyUnicode_IS_COMPACT_ASCII(str)) {
        return PyUnicode_IsIdentifier(str) == 1;
    }
    const unsigned char *text = PyUnicode_DATA(str);
    bool first = true;
    for (Py_ssize_t i = 0; i < PyUnicode_GET_LENGTH(str); i++) {
        bool fits = is_identifier_byte(text[i], first);
        if (!fits && (text[i] == '\0' || strchr(marks, text[i]) == NULL)) {
            return false;
        }
        first = !fits;
    }
    return PyUnicode_GET_LENGTH(str) > 0;
}

bool is_identifier(PyObject *str)
{
    return is_named(str, "");
}

bool is_code_name(PyObject *str)
{
    return is_named(str, ".<>");
}

PyObject *item_named(PyObject *dict, const char *ascii)
{
    for (Py_ssize_t i = 0; dict != NULL && is_any_dict(dict) && i < dict_entries((PyDictObject *)dict); i++) {
        DictItem item = dict_item((PyDictObject *)dict, i);
        if (item.value != NULL && str_equals(item.key, ascii)) {
            return item.value;
        }
    }
    return NULL;
}

PyObject *attribute_named(PyObject *object, const char *ascii)
{
    PyDictValues *values;
    PyObject *dict;
    if (object == NULL || !has_managed_dict(Py_TYPE(object))) {
        return NULL;
    }
    managed_attributes(object, &values, &dict);
    PyDictKeysObject *keys = cached_keys(Py_TYPE(object));
    for (Py_ssize_t i = 0; values != NULL && keys != NULL && i < keys->dk_nentries; i++) {
        if (str_equals(keys_key(keys, i), ascii)) {
            return values->values[i];
        }
    }
    return item_named(dict, ascii);
}
