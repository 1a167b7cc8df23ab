/* Where code is from, told without what may be data: whose it is, and its file below the directory it was imported from.
   Nothing is allocated and nothing called, so it may be asked in a child as well as in the worker, with the GIL. */
#pragma once

#include "cpython/internals.h"
#include "cpython/text.h"
#include "types/owners.h"

enum { IMPORT_ROOTS_MOST = 1 << 14 };

/* Directories that modules are imported from, a line each. */
typedef struct {
    char lines[IMPORT_ROOTS_MOST];
    size_t used;
} ImportRoots;

/* `distribution` and `file` are parts of `path`, which isn't for anybody else. */
typedef struct {
    char path[PLACE_MOST];
    int owner;                /* as in `MODS`; 0: unknown */
    const char *distribution, *file;
    size_t distribution_bytes, file_bytes;
} CodePlace;

/* `sys.path` as it is now, and the working directory. */
void import_roots_read(ImportRoots *roots, PyInterpreterState *interp);
/* Of what a code object has as its file name. The file is empty where it isn't made of names of code. */
void find_code_place(const ImportRoots *roots, PyObject *filename, CodePlace *place);
/* The same of UTF-8. */
void find_path_place(const ImportRoots *roots, const char *filename, CodePlace *place);
/* A code object's qualified name as UTF-8; returns its length, 0 if it may be data. */
size_t code_title(PyCodeObject *code, char title[CODE_BYTES_MOST]);

/* For tests: `(file, owner, distribution, function)` of a code object. */
PyObject *place_of_code(PyObject *module, PyObject *code);
