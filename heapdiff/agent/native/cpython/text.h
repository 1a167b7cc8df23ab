/* The text of str objects, read in place: no method is called, nothing is cached in the object. */
#pragma once

#include "cpython/internals.h"

/* An exact str whose text can be read. */
bool is_str(PyObject *object);
/* The text of an exact str as UTF-8; returns its length, at most `room`. Cut at a character's border. */
size_t str_utf8(PyObject *str, char *out, size_t room);
bool str_equals(PyObject *str, const char *ascii);

/* Of a str: an identifier; identifiers with dots and <locals>. */
bool is_identifier(PyObject *str);
bool is_code_name(PyObject *str);

/* Borrowed: the value of a dict under an ASCII key; NULL when it is not there, or `dict` is no dict. */
PyObject *item_named(PyObject *dict, const char *ascii);
/* The same of an instance with a managed dict, read from where it stands. */
PyObject *attribute_named(PyObject *object, const char *ascii);
