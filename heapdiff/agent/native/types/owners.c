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

/* The package below the last site in a path; returns its length, 0 where there is none. */
static size_t find_package(const char *place, size_t bytes, const char **package)
{
    for (size_t at = bytes; at >= SITE_BYTES; at--) {
        const char *site = place + at - SITE_BYTES;
        if (memcmp(site, "/site-packages/", SITE_BYTES) == 0 || memcmp(site, "/dist-packages/", SITE_BYTES) == 0) {
            size_t length = 0;
            while (length < PACKAGE_MOST && at + length < bytes && is_word(place[at + length])) {
                length++;
            }
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
    size_t bytes = str_utf8(place, text, PLACE_MOST), found = find_package(text, bytes, package);
    if (found > 0 && !fits_line(own_lines, *package, found, true)) {
        *package_bytes = found;
        return OWNER_DISTRIBUTION;
    }
    if (found == 0 && fits_line(standard_lines, text, bytes, false)) {
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
