/* The text of str objects, read in place: no method is called, nothing is cached in the object. */
#pragma once

#include "cpython/internals.h"

/* An exact str whose text can be read. */
bool is_str(PyObject *object);
/* The text of an exact str as UTF-8; returns its length, at most `room`. Cut at a character's border. */
size_t str_utf8(PyObject *str, char *out, size_t room);
bool str_equals(PyObject *str, const char *ascii);

/* The longest name that is taken for code's, in characters and in bytes. */
enum { CODE_TEXT_MOST = 255, CODE_BYTES_MOST = CODE_TEXT_MOST * 4 };

/* Once per process, with the GIL. 0, or -1 with an exception. */
int text_prepare(void);

/* The one rule by which names are told from data, agent/system/code_names.py in C: an identifier; what code calls its
   modules, classes and functions, as `shop.views.search.<locals>.Row` and `Page[User]`. */
bool is_identifier_text(const char *utf8, size_t bytes);
bool is_code_text(const char *utf8, size_t bytes);

/* Borrowed: the value of a dict under an ASCII key; NULL when it is not there, or `dict` is no dict. */
PyObject *item_named(PyObject *dict, const char *ascii);
/* The same of an instance with a managed dict, read from where it stands. */
PyObject *attribute_named(PyObject *object, const char *ascii);
