#define _GNU_SOURCE
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

static PyObject *scratch; /* what PyUnicode_IsIdentifier is asked of: the child makes no objects */

int text_prepare(void)
{
    if (scratch == NULL) {
        scratch = PyUnicode_New(CODE_TEXT_MOST, 0x10FFFF);
    }
    return scratch == NULL ? -1 : 0;
}

/* The character at `at`; returns its bytes, 0 where there is none. */
static size_t read_point(const unsigned char *at, size_t left, Py_UCS4 *point)
{
    static const Py_UCS4 least[] = {0, 0, 0x80, 0x800, 0x10000};
    size_t bytes = at[0] < 0x80 ? 1 : at[0] >> 5 == 6 ? 2 : at[0] >> 4 == 14 ? 3 : at[0] >> 3 == 30 ? 4 : 0;
    if (bytes == 0 || bytes > left) {
        return 0;
    }
    *point = bytes == 1 ? at[0] : at[0] & (0xFFu >> (bytes + 1));
    for (size_t i = 1; i < bytes; i++) {
        if (at[i] >> 6 != 2) {
            return 0;
        }
        *point = *point << 6 | (at[i] & 0x3F);
    }
    return *point >= least[bytes] && *point <= 0x10FFFF ? bytes : 0;
}

static bool is_unicode_identifier(const char *utf8, size_t bytes)
{
    Py_ssize_t length = 0;
    for (size_t at = 0, step; at < bytes; at += step) {
        Py_UCS4 point;
        step = read_point((const unsigned char *)utf8 + at, bytes - at, &point);
        if (step == 0 || length == CODE_TEXT_MOST || scratch == NULL) {
            return false;
        }
        PyUnicode_4BYTE_DATA(scratch)[length++] = point;
    }
    ((PyASCIIObject *)scratch)->length = length;
    return PyUnicode_IsIdentifier(scratch) == 1;
}

/* `_4711__items`: what the interpreter makes of `__items`, a slot of a class called `4711`. */
static bool is_mangled_data(const char *utf8, size_t bytes)
{
    size_t start = 0, end;
    Py_UCS4 point;
    while (start < bytes && utf8[start] == '_') {
        start++;
    }
    if (start == 0 || start == bytes || memmem(utf8 + start, bytes - start, "__", 2) == NULL) {
        return false;
    }
    end = start + read_point((const unsigned char *)utf8 + start, bytes - start, &point);
    return (unsigned char)utf8[start] < 0x80 ? utf8[start] >= '0' && utf8[start] <= '9'
                                             : !is_unicode_identifier(utf8 + start, end - start);
}

bool is_identifier_text(const char *utf8, size_t bytes)
{
    bool ascii = true;
    for (size_t i = 0; i < bytes; i++) {
        unsigned char byte = (unsigned char)utf8[i];
        bool letter = byte == '_' || (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z');
        if (byte >= 0x80) {
            ascii = false;
        } else if (!letter && (i == 0 || byte < '0' || byte > '9')) {
            return false;
        }
    }
    return bytes > 0 && (ascii ? bytes <= CODE_TEXT_MOST : is_unicode_identifier(utf8, bytes))
        && !is_mangled_data(utf8, bytes);
}

/* The bytes of the part that a name begins with, 0 where that is neither an identifier nor the compiler's. */
static size_t first_part(const char *utf8, size_t bytes)
{
    static const char *const made[] = {"<locals>", "<lambda>", "<module>", "<genexpr>", "<listcomp>", "<setcomp>",
                                       "<dictcomp>"};
    for (size_t i = 0; i < sizeof made / sizeof made[0]; i++) {
        size_t length = strlen(made[i]);
        if (length <= bytes && memcmp(utf8, made[i], length) == 0) {
            return length;
        }
    }
    size_t length = 0;
    while (length < bytes && memchr(".<>[], ", utf8[length], 7) == NULL) {
        length++;
    }
    return is_identifier_text(utf8, length) ? length : 0;
}

static size_t count_characters(const char *utf8, size_t bytes)
{
    size_t count = 0;
    for (size_t i = 0; i < bytes; i++) {
        count += ((unsigned char)utf8[i] & 0xC0) != 0x80;
    }
    return count;
}

bool is_code_text(const char *utf8, size_t bytes)
{
    size_t depth = 0;
    if (bytes > CODE_BYTES_MOST || count_characters(utf8, bytes) > CODE_TEXT_MOST) {
        return false;
    }
    for (size_t at = 0, part; (part = first_part(utf8 + at, bytes - at)) > 0;) {
        at += part;
        while (depth > 0 && at < bytes && utf8[at] == ']') {
            at++;
            depth--;
        }
        if (at == bytes) {
            return depth == 0;
        }
        bool next = depth > 0 && utf8[at] == ',' && at + 1 < bytes && utf8[at + 1] == ' ';
        if (!next && utf8[at] != '.' && utf8[at] != '[') {
            return false;
        }
        depth += utf8[at] == '[';
        at += next ? 2 : 1;
    }
    return false;
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
