/* The names of a snapshot: each is written once and referred to by number; 0 is none. */
#pragma once

#include "cpython/internals.h"
#include "platform/memory.h"
#include "write/output.h"

typedef struct {
    Section section;
    PointerMap literals;    /* C string -> name */
    PointerMap strings;     /* str object -> name; 0: not an identifier */
    PointerMap known_keys;  /* dict keys whose names are known -> how many */
    uint32_t count;
} Names;

bool names_init(Names *names, HeapFile *file);

uint32_t literal_name(Names *names, const char *literal);
uint32_t text_name(Names *names, const char *utf8, size_t bytes);
/* The name of an identifier; 0 for anything else. */
uint32_t identifier_name(Names *names, PyObject *str);
/* The name of a module, function, class or code object: identifiers with dots and <locals>; 0 for anything else. */
uint32_t code_name(Names *names, PyObject *str);
/* Learn the identifiers among the keys of a namespace. */
void learn_namespace(Names *names, PyObject *dict);
