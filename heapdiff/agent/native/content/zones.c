#include "content/zones.h"

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wunused-variable" /* the pointer that this header defines */
#include <datetime.h>
#pragma GCC diagnostic pop
#include <stddef.h>
#include <string.h>

/* Only CPython's own are static. */
size_t find_zone(PyTypeObject *type)
{
    for (; type != NULL; type = type->tp_base) {
        if (type->tp_flags & Py_TPFLAGS_HEAPTYPE) {
            continue;
        }
        if (strcmp(type->tp_name, "datetime.datetime") == 0) {
            return offsetof(PyDateTime_DateTime, tzinfo);
        }
        if (strcmp(type->tp_name, "datetime.time") == 0) {
            return offsetof(PyDateTime_Time, tzinfo);
        }
    }
    return 0;
}

/* Without one it is shorter: it ends before. */
PyObject *zone_at(PyObject *time, size_t offset)
{
    return _PyDateTime_HAS_TZINFO(time) ? *(PyObject **)((char *)time + offset) : NULL;
}
