#include "types/names.h"

#include <string.h>

#include "cpython/text.h"
#include "write/json.h"

enum { NAME_MOST = 1 << 20, NAMESPACE_MOST = 20000, DIGITS_MOST = 9 };

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
        size_t bytes = strnlen(literal, CODE_BYTES_MOST + 1); /* of a slot of a class: mangled with the class's name */
        *place = is_identifier_text(literal, bytes) ? text_name(names, literal, bytes) : 0;
    }
    return *place;
}

/* The text of a str of a name's length; returns its bytes, 0 for any other. */
static size_t short_text(PyObject *str, char room[CODE_BYTES_MOST], const char **text)
{
    if (!is_str(str) || PyUnicode_GET_LENGTH(str) > CODE_TEXT_MOST) {
        return 0;
    }
    if (PyUnicode_IS_COMPACT_ASCII(str)) {
        *text = PyUnicode_DATA(str);
        return (size_t)PyUnicode_GET_LENGTH(str);
    }
    *text = room;
    return str_utf8(str, room, CODE_BYTES_MOST);
}

static uint32_t str_name(Names *names, PyObject *str, bool (*accepts)(const char *, size_t))
{
    char room[CODE_BYTES_MOST];
    const char *text;
    uint32_t *place = is_str(str) ? pointer_map_find(&names->strings, str) : NULL;
    if (place != NULL) {
        return *place;
    }
    size_t bytes = short_text(str, room, &text);
    if (bytes == 0 || !accepts(text, bytes) || names->strings.used >= NAME_MOST) {
        return 0;
    }
    bool added;
    place = pointer_map_place(&names->strings, str, &added);
    if (place == NULL) {
        return 0;
    }
    *place = text_name(names, text, bytes);
    return *place;
}

uint32_t identifier_name(Names *names, PyObject *str)
{
    return str_name(names, str, is_identifier_text);
}

uint32_t code_name(Names *names, PyObject *str)
{
    return str_name(names, str, is_code_text);
}

/* `#` in a form is a number, `@` in the last place but one the name of the function that the thread runs. */
static bool fits_form(const char *form, const char *text, size_t bytes)
{
    size_t at = 0;
    for (; *form != '\0'; form++) {
        size_t digits = 0;
        if (*form == '@') {
            return bytes > at + 1 && text[bytes - 1] == form[1] && is_code_text(text + at, bytes - 1 - at);
        }
        while (*form == '#' && digits < DIGITS_MOST && at < bytes && text[at] >= '0' && text[at] <= '9') {
            digits++;
            at++;
        }
        if (digits == 0 && (at >= bytes || text[at++] != *form)) {
            return false;
        }
    }
    return at == bytes;
}

static bool is_default_thread_name(const char *text, size_t bytes)
{
    static const char *const forms[] = {"MainThread", "QueueManagerThread", "QueueFeederThread", "Thread-#",
                                        "Thread-# (@)", "Dummy-#", "asyncio_#", "ThreadPoolExecutor-#_#"};
    for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++) {
        if (fits_form(forms[i], text, bytes)) {
            return true;
        }
    }
    return false;
}

uint32_t thread_name(Names *names, PyObject *str)
{
    char room[CODE_BYTES_MOST];
    const char *text;
    size_t bytes = short_text(str, room, &text);
    if (bytes > 0 && PyUnicode_CHECK_INTERNED(str) && is_identifier_text(text, bytes)) {
        return identifier_name(names, str);
    }
    return bytes > 0 && is_default_thread_name(text, bytes) ? text_name(names, text, bytes) : 0;
}

uint32_t numbered_thread_name(Names *names, int ordinal)
{
    char text[7 + NUMBER_MOST] = "thread-";
    return text_name(names, text, 7 + format_number(text + 7, (uint64_t)ordinal));
}

size_t hide_data(char *text, size_t bytes)
{
    static const char hidden[] = "<hidden>";
    if (bytes == 0 || is_code_text(text, bytes)) {
        return bytes;
    }
    memcpy(text, hidden, sizeof hidden - 1);
    return sizeof hidden - 1;
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

void learn_code_names(Names *names, PyObject *tuple)
{
    if (tuple == NULL || !Py_IS_TYPE(tuple, &PyTuple_Type) || PyTuple_GET_SIZE(tuple) > NAMESPACE_MOST) {
        return;
    }
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(tuple); i++) {
        code_name(names, PyTuple_GET_ITEM(tuple, i)); /* `import os.path` names a module in one */
    }
}
