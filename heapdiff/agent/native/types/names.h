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

/* Of what is known to be code's; 0 for nothing. */
uint32_t text_name(Names *names, const char *utf8, size_t bytes);
/* Each is 0 for what is not a name of code, and so may be a user's data. */
uint32_t literal_name(Names *names, const char *literal);
uint32_t identifier_name(Names *names, PyObject *str);
/* Of a module, function, class or code object: also with dots and <locals>. */
uint32_t code_name(Names *names, PyObject *str);
/* Of a thread: as the standard library numbers them, or an identifier that stands in the code. */
uint32_t thread_name(Names *names, PyObject *str);
uint32_t numbered_thread_name(Names *names, int ordinal);
/* A part of a class's name: `text` is made `<hidden>` where it is none of code's; returns its length. */
size_t hide_data(char *text, size_t bytes);
/* Learn the identifiers among the keys of a namespace. */
void learn_namespace(Names *names, PyObject *dict);
/* Learn what a code object refers to by name: globals, attributes, modules. */
void learn_code_names(Names *names, PyObject *tuple);
