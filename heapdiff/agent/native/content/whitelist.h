/* Which numbers of which libraries' types snapshots tell: limits and counters, by a table that Python hands over. */
#pragma once

#include "cpython/internals.h"

enum { FACTS_OF_TYPE_MOST = 16 };

typedef struct {
    const char *name;
    const char *among;   /* the attribute with the entries of which those past their time are counted; NULL: `name` is an int */
} Fact;

typedef struct {
    const char *type;    /* module.qualname */
    size_t count;
    Fact facts[FACTS_OF_TYPE_MOST];
} FactsOfType;

/* Once per process: a line for each type, `module.qualname attribute attribute …`; `name=attribute` counts entries. Until then
   no type has any. */
PyObject *whitelist_prepare(PyObject *module, PyObject *args);

/* Never NULL: of a type without any the count is 0. */
const FactsOfType *facts_of_type(const char *text, size_t bytes);
