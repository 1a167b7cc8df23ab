#define _GNU_SOURCE
#define PY_SSIZE_T_CLEAN
#include "types/places.h"

#include <string.h>
#include <unistd.h>

#include "format.h"

static const char FROZEN[] = "<frozen ", ENDING[] = ".py";

/* Where in the path what is below the longest of the roots begins; 0 below none. */
static size_t below_root(const ImportRoots *roots, const char *path, size_t bytes)
{
    size_t longest = 0;
    for (size_t at = 0, length; at < roots->used; at += length + 1) {
        length = (size_t)((char *)memchr(roots->lines + at, '\n', roots->used - at) - (roots->lines + at));
        if (length > longest && length < bytes && path[length] == '/' && memcmp(roots->lines + at, path, length) == 0) {
            longest = length;
        }
    }
    return longest == 0 ? 0 : longest + 1;
}

static void add_root(ImportRoots *roots, const char *root, size_t bytes)
{
    while (bytes > 0 && root[bytes - 1] == '/') {
        bytes--;
    }
    if (bytes > 0 && root[0] == '/' && memchr(root, '\n', bytes) == NULL && bytes < sizeof roots->lines - roots->used) {
        memcpy(roots->lines + roots->used, root, bytes);
        roots->used += bytes;
        roots->lines[roots->used++] = '\n';
    }
}

static bool is_package_file(const char *rest, size_t bytes)
{
    return (bytes == 3 && memcmp(rest, ".py", 3) == 0) || (bytes == 12 && memcmp(rest, "/__init__.py", 12) == 0);
}

/* Where a finder of its own, as of an editable installation, found a module. */
static void add_root_of_module(ImportRoots *roots, PyObject *name, PyObject *file)
{
    char path[PLACE_MOST], title[CODE_BYTES_MOST];
    size_t bytes = str_utf8(file, path, sizeof path), name_bytes = str_utf8(name, title, sizeof title);
    if (name_bytes == 0 || !is_identifier_text(title, name_bytes) || below_root(roots, path, bytes) > 0
        || owner_of_path(path, bytes).owner != OWNER_APPLICATION) {
        return;
    }
    for (size_t at = bytes; at > name_bytes; at--) {
        const char *here = path + at - name_bytes;
        if (here[-1] == '/' && memcmp(here, title, name_bytes) == 0 && is_package_file(path + at, bytes - at)) {
            add_root(roots, path, at - name_bytes);
            return;
        }
    }
}

void import_roots_read(ImportRoots *roots, PyInterpreterState *interp)
{
    char text[PLACE_MOST];
    PyObject *path = item_named(interp->sysdict, "path"), *modules = interpreter_modules(interp);
    roots->used = 0;
    for (Py_ssize_t i = 0; path != NULL && PyList_CheckExact(path) && i < PyList_GET_SIZE(path); i++) {
        bool here = str_equals(PyList_GET_ITEM(path, i), "");
        size_t bytes = here ? getcwd(text, sizeof text) == NULL ? 0 : strlen(text)
                            : str_utf8(PyList_GET_ITEM(path, i), text, sizeof text);
        add_root(roots, text, bytes);
    }
    for (Py_ssize_t i = 0; modules != NULL && is_any_dict(modules) && i < dict_entries((PyDictObject *)modules); i++) {
        DictItem item = dict_item((PyDictObject *)modules, i);
        if (item.value != NULL && PyModule_Check(item.value)) {
            add_root_of_module(roots, item.key, item_named(((PyModuleObject *)item.value)->md_dict, "__file__"));
        }
    }
}

/* Source and templates; what else was compiled may be called after data. */
static bool is_source(const char *path, size_t bytes)
{
    static const char *const endings[] = {ENDING, ".pyx", ".html", ".jinja", ".jinja2", ".j2"};
    for (size_t i = 0; i < sizeof endings / sizeof endings[0]; i++) {
        size_t length = strlen(endings[i]);
        if (bytes > length && memcmp(path + bytes - length, endings[i], length) == 0) {
            return true;
        }
    }
    return false;
}

/* Keep of a path, from its end, what reads as names of code: the file itself, and the packages that it is in. */
static void keep_readable(CodePlace *place, size_t from, size_t end)
{
    if (!is_source(place->path + from, end - from)) {
        return;
    }
    const char *path = place->path, *slash = memrchr(path + from, '/', end - from);
    size_t start = slash == NULL ? from : (size_t)(slash - path) + 1;
    if (!is_code_text(path + start, end - start)) {
        return;
    }
    while (start > from) {
        slash = memrchr(path + from, '/', start - 1 - from);
        size_t part = slash == NULL ? from : (size_t)(slash - path) + 1;
        if (!is_identifier_text(path + part, start - 1 - part)) {
            break;
        }
        start = part;
    }
    place->file = path + start;
    place->file_bytes = end - start;
}

static bool is_module(const char *name, size_t bytes)
{
    char text[CODE_BYTES_MOST];
    if (bytes >= sizeof text) {
        return false;
    }
    memcpy(text, name, bytes);
    text[bytes] = '\0';
    return item_named(interpreter_modules(PyInterpreterState_Main()), text) != NULL;
}

/* `<frozen importlib._bootstrap>` is importlib/_bootstrap.py, as a module of that name is there. */
static bool is_frozen(CodePlace *place, size_t bytes)
{
    enum { HEAD = sizeof FROZEN - 1, MOST = PLACE_MOST - sizeof ENDING };
    if (bytes <= HEAD + 1 || bytes > MOST || memcmp(place->path, FROZEN, HEAD) != 0 || place->path[bytes - 1] != '>'
        || !is_code_text(place->path + HEAD, bytes - HEAD - 1) || !is_module(place->path + HEAD, bytes - HEAD - 1)) {
        return false;
    }
    for (size_t i = HEAD; i < bytes - 1; i++) {
        if (place->path[i] == '.') {
            place->path[i] = '/';
        }
    }
    memcpy(place->path + bytes - 1, ENDING, sizeof ENDING - 1);
    place->owner = OWNER_BUILT_IN;
    keep_readable(place, HEAD, bytes - 1 + sizeof ENDING - 1);
    return true;
}

/* What an installer puts into `bin`: it starts the application, and isn't the application. */
static bool is_launcher(const char *path, size_t bytes)
{
    const char *name = memrchr(path, '/', bytes);
    return name != NULL && name - path >= 4 && memcmp(name - 4, "/bin", 4) == 0
        && memchr(name, '.', bytes - (size_t)(name - path)) == NULL;
}

static void find_place(const ImportRoots *roots, size_t bytes, CodePlace *place)
{
    place->owner = 0;
    place->distribution = place->file = place->path;
    place->distribution_bytes = place->file_bytes = 0;
    if (bytes > PLACE_MOST - 4 /* it may have been cut */ || is_frozen(place, bytes) || bytes == 0 || place->path[0] != '/') {
        return; /* a loader's file name is absolute: others are a template's, or `<string>` */
    }
    Ownership owned = owner_of_path(place->path, bytes);
    size_t below = owned.below > 0 ? owned.below : below_root(roots, place->path, bytes);
    place->owner = owned.owner == OWNER_APPLICATION && is_launcher(place->path, bytes) ? 0 : owned.owner;
    place->distribution = place->path + owned.below;
    place->distribution_bytes = owned.package_bytes;
    if (below > 0) {
        keep_readable(place, below, bytes);
    }
}

void find_code_place(const ImportRoots *roots, PyObject *filename, CodePlace *place)
{
    find_place(roots, str_utf8(filename, place->path, PLACE_MOST), place);
}

void find_path_place(const ImportRoots *roots, const char *filename, CodePlace *place)
{
    size_t bytes = strnlen(filename, PLACE_MOST);
    memcpy(place->path, filename, bytes);
    find_place(roots, bytes, place);
}

size_t code_title(PyCodeObject *code, char title[CODE_BYTES_MOST])
{
    PyObject *name = code->co_qualname;
    size_t bytes = is_str(name) && PyUnicode_GET_LENGTH(name) <= CODE_TEXT_MOST ? str_utf8(name, title, CODE_BYTES_MOST) : 0;
    return is_code_text(title, bytes) ? bytes : 0;
}

PyObject *place_of_code(PyObject *module, PyObject *code)
{
    static ImportRoots roots;
    static CodePlace place;
    char title[CODE_BYTES_MOST];
    if (!PyCode_Check(code)) {
        PyErr_SetString(PyExc_TypeError, "not a code object");
        return NULL;
    }
    import_roots_read(&roots, PyInterpreterState_Main());
    find_code_place(&roots, ((PyCodeObject *)code)->co_filename, &place);
    size_t title_bytes = code_title((PyCodeObject *)code, title);
    return Py_BuildValue("(s#is#s#)", place.file, (Py_ssize_t)place.file_bytes, place.owner, place.distribution,
                         (Py_ssize_t)place.distribution_bytes, title, (Py_ssize_t)title_bytes);
}
