/* The dict that a holder's path leads to, found by reading: no method, no descriptor and no `__getattr__` of the application
   runs, and nothing is made. With the main interpreter's GIL. */
#pragma once

#include "cpython/internals.h"

#include <stdbool.h>

enum { HOLDER_PATH_MOST = 2048, HOLDER_STEPS_MOST = 64, HOLDER_DICTS_MOST = 8 };

typedef enum {
    HOLDER_FOUND,
    HOLDER_MALFORMED,   /* the path says nothing that is known here */
    HOLDER_NO_MODULE,   /* its names begin with no module that is loaded */
    HOLDER_NO_OBJECT,   /* the collector tracks nothing at its address */
    HOLDER_NO_STEP,     /* `object` has no such `step` */
    HOLDER_INLINE,      /* its entries stand in an instance, where the interpreter also puts some without a word */
    HOLDER_NO_DICT,     /* `object` is none, and `dicts` are attributes of it that are */
} HolderResult;

typedef struct {
    PyObject *object;   /* borrowed: where the path led, or as far as it led; NULL: nowhere */
    unsigned step;      /* counted from 0: the one that is missing */
    PyObject *dicts[HOLDER_DICTS_MOST]; /* borrowed: the names of attributes of it that are dicts */
    unsigned dict_count;
    bool has_own_dict;
} Holder;

/* Steps stand in one text with a unit separator between them; each begins with its kind:
     .NAME          a name of a module (as many as belong to it come first), or an attribute
     #NUMBER        an element, or the value under this integer
     'TEXT          the value under this string
     !None !True !False   the value under this key
     *lru_cache     the table of a function's cache
     (NAME          a variable of an enclosing function
     =NAME          a default argument
     @HEX           the object at this address; only at the beginning */
HolderResult holder_find(const char *path, Holder *holder);
