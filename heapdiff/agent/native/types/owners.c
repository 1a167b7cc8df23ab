#include "types/owners.h"

#include <stdlib.h>
#include <string.h>

#include "cpython/text.h"
#include "format.h"

enum { PACKAGE_MOST = 255, SITE_BYTES = sizeof "/site-packages/" - 1 };

static char *standard_lines, *own_lines;

PyObject *owners_prepare(PyObject *module, PyObject *args)
{
    const char *standard, *own;
    if (!PyArg_ParseTuple(args, "ss", &standard, &own)) {
        return NULL;
    }
    char *standard_copy = strdup(standard), *own_copy = strdup(own);
    if (standard_copy == NULL || own_copy == NULL) {
        free(standard_copy);
        free(own_copy);
        return PyErr_NoMemory();
    }
    standard_lines = standard_copy; /* never freed: a child may read them */
    own_lines = own_copy;
    Py_RETURN_NONE;
}

static bool is_word(char c)
{
    return c == '_' || (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* The length of the line that the text begins with, or that it is; 0 for none. */
static size_t fitting_line(const char *lines, const char *text, size_t bytes, bool whole)
{
    for (const char *line = lines; *line != '\0';) {
        size_t length = strcspn(line, "\n");
        if (length > 0 && (whole ? length == bytes : length <= bytes) && memcmp(line, text, length) == 0) {
            return length;
        }
        line += length + (line[length] == '\n');
    }
    return 0;
}

static bool ends_with(const char *text, size_t bytes, const char *ending)
{
    size_t length = strlen(ending);
    return bytes >= length && memcmp(text + bytes - length, ending, length) == 0;
}

/* The length of the identifier that an entry of a site is called by: the whole of it, or of a module or egg its start. */
static size_t package_of(const char *entry, size_t bytes)
{
    size_t length = 0, at;
    while (length < bytes && is_word(entry[length])) {
        length++;
    }
    for (at = length; at < bytes && (is_word(entry[at]) || memchr(".+-", entry[at], 3) != NULL); at++) {
    }
    bool module = length < bytes && entry[length] == '.'
        && (ends_with(entry, bytes, ".py") || ends_with(entry, bytes, ".pyc") || ends_with(entry, bytes, ".so"));
    bool fits = at == bytes && (length == bytes || module || ends_with(entry, bytes, ".egg"));
    return fits && length <= PACKAGE_MOST && is_identifier_text(entry, length) ? length : 0;
}

/* The last site in a path that has a package, else the first one: where what is below it begins; 0 without any. */
static size_t find_site(const char *path, size_t bytes, size_t *package_bytes)
{
    size_t site = 0;
    for (size_t at = bytes; at >= SITE_BYTES; at--) {
        const char *here = path + at - SITE_BYTES;
        if (memcmp(here, "/site-packages/", SITE_BYTES) == 0 || memcmp(here, "/dist-packages/", SITE_BYTES) == 0) {
            const char *end = memchr(path + at, '/', bytes - at);
            site = at;
            *package_bytes = package_of(path + at, end == NULL ? bytes - at : (size_t)(end - path) - at);
            if (*package_bytes > 0) {
                break;
            }
        }
    }
    return site;
}

Ownership owner_of_path(const char *path, size_t bytes)
{
    size_t package_bytes = 0, site = find_site(path, bytes, &package_bytes), library;
    if (standard_lines == NULL) {
        return (Ownership){0};
    }
    if (package_bytes > 0 && fitting_line(own_lines, path + site, package_bytes, true) == 0) {
        return (Ownership){OWNER_DISTRIBUTION, site, package_bytes};
    }
    if (site == 0 && (library = fitting_line(standard_lines, path, bytes, false)) > 0) {
        return (Ownership){OWNER_STANDARD, library, 0};
    }
    return (Ownership){memchr(path, '/', bytes) != NULL ? OWNER_APPLICATION : 0, site, 0};
}

/* Borrowed: a module's `__file__`, else the origin in its spec; NULL for what has neither, or is no module. */
static PyObject *place_of(PyObject *module)
{
    PyObject *dict = PyModule_Check(module) ? ((PyModuleObject *)module)->md_dict : NULL;
    PyObject *file = item_named(dict, "__file__");
    return is_str(file) ? file : attribute_named(item_named(dict, "__spec__"), "origin");
}

bool put_owner(Section *modules, uint32_t name, PyObject *module)
{
    char text[PLACE_MOST];
    PyObject *place = place_of(module);
    bool built_in = str_equals(place, "built-in") || str_equals(place, "frozen");
    Ownership owned = built_in && standard_lines != NULL ? (Ownership){OWNER_BUILT_IN, 0, 0}
                                                         : owner_of_path(text, str_utf8(place, text, PLACE_MOST));
    if (owned.owner == 0) {
        return true;
    }
    if (!section_reserve(modules, owned.package_bytes + 32)) {
        return false;
    }
    put_varint(modules, name);
    put_varint(modules, (uint64_t)owned.owner);
    put_varint(modules, owned.package_bytes);
    put_bytes(modules, text + owned.below, owned.package_bytes);
    return true;
}
