#include "types/owners.h"

#include <stdlib.h>
#include <string.h>

#include "cpython/text.h"
#include "format.h"

enum { PLACE_MOST = 4096, PACKAGE_MOST = 255, SITE_BYTES = sizeof "/site-packages/" - 1 };

static char *standard_lines, *own_lines;

int owners_prepare(const char *standard, const char *own)
{
    char *standard_copy = strdup(standard), *own_copy = strdup(own);
    if (standard_copy == NULL || own_copy == NULL) {
        free(standard_copy);
        free(own_copy);
        PyErr_NoMemory();
        return -1;
    }
    standard_lines = standard_copy; /* never freed: a child may read them */
    own_lines = own_copy;
    return 0;
}

static bool is_word(char c)
{
    return c == '_' || (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* Whether the text begins with one of the lines, or is one. */
static bool fits_line(const char *lines, const char *text, size_t bytes, bool whole)
{
    for (const char *line = lines; *line != '\0';) {
        size_t length = strcspn(line, "\n");
        if (length > 0 && (whole ? length == bytes : length <= bytes) && memcmp(line, text, length) == 0) {
            return true;
        }
        line += length + (line[length] == '\n');
    }
    return false;
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

/* The package below the last site in a path, if it has one; `site` says whether there is a site at all. */
static size_t find_package(const char *place, size_t bytes, const char **package, bool *site)
{
    *site = false;
    for (size_t at = bytes; at >= SITE_BYTES; at--) {
        const char *here = place + at - SITE_BYTES;
        if (memcmp(here, "/site-packages/", SITE_BYTES) == 0 || memcmp(here, "/dist-packages/", SITE_BYTES) == 0) {
            const char *end = memchr(place + at, '/', bytes - at);
            size_t length = package_of(place + at, end == NULL ? bytes - at : (size_t)(end - place) - at);
            *site = true;
            if (length > 0) {
                *package = place + at;
                return length;
            }
        }
    }
    return 0;
}

/* Borrowed: a module's `__file__`, else the origin in its spec; NULL for what has neither, or is no module. */
static PyObject *place_of(PyObject *module)
{
    PyObject *dict = PyModule_Check(module) ? ((PyModuleObject *)module)->md_dict : NULL;
    PyObject *file = item_named(dict, "__file__");
    return is_str(file) ? file : attribute_named(item_named(dict, "__spec__"), "origin");
}

/* 0 where it is unknown. A distribution's package is a part of `text`. */
static int owner_of(PyObject *place, char *text, const char **package, size_t *package_bytes)
{
    if (str_equals(place, "built-in") || str_equals(place, "frozen")) {
        return OWNER_BUILT_IN;
    }
    bool site;
    size_t bytes = str_utf8(place, text, PLACE_MOST), found = find_package(text, bytes, package, &site);
    if (found > 0 && !fits_line(own_lines, *package, found, true)) {
        *package_bytes = found;
        return OWNER_DISTRIBUTION;
    }
    if (!site && fits_line(standard_lines, text, bytes, false)) {
        return OWNER_STANDARD;
    }
    return memchr(text, '/', bytes) != NULL ? OWNER_APPLICATION : 0;
}

bool put_owner(Section *modules, uint32_t name, PyObject *module)
{
    char text[PLACE_MOST];
    const char *package = text;
    size_t package_bytes = 0;
    int owner = standard_lines == NULL ? 0 : owner_of(place_of(module), text, &package, &package_bytes);
    if (owner == 0) {
        return true;
    }
    if (!section_reserve(modules, package_bytes + 32)) {
        return false;
    }
    put_varint(modules, name);
    put_varint(modules, (uint64_t)owner);
    put_varint(modules, package_bytes);
    put_bytes(modules, package, package_bytes);
    return true;
}
