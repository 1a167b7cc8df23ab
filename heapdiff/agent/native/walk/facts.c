#include "walk/facts.h"

#include <time.h>

#include "cpython/text.h"
#include "types/fields.h"

enum { ROW_MOST = 40 };

bool facts_init(Facts *facts, HeapFile *file)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    facts->now = (double)now.tv_sec + (double)now.tv_nsec / 1e9;
    return section_init(&facts->section, file, "FACT", 1 << 16);
}

bool facts_flush(Facts *facts)
{
    return section_flush(&facts->section);
}

static bool put_row(Facts *facts, Names *names, PyObject *object, const char *name, int64_t number)
{
    uint32_t called = literal_name(names, name);
    if (called == 0 || !section_reserve(&facts->section, ROW_MOST)) {
        return called == 0;
    }
    put_varint(&facts->section, (uintptr_t)object >> 3);
    put_varint(&facts->section, called);
    put_varint(&facts->section, zigzag(number));
    return true;
}

/* Borrowed: among the inline attributes, in the instance's dict, or in a slot; NULL when there is none. */
static PyObject *read_attribute(PyObject *object, const char *name)
{
    PyTypeObject *type = Py_TYPE(object);
    PyObject *found = attribute_named(object, name);
    if (found == NULL && !has_managed_dict(type) && type->tp_dictoffset > 0) {
        found = item_named(*(PyObject **)((char *)object + type->tp_dictoffset), name);
    }
    return found != NULL ? found : member_named(object, name);
}

static bool is_over(PyObject *entry, double now)
{
    PyObject *until = Py_IS_TYPE(entry, &PyTuple_Type) && PyTuple_GET_SIZE(entry) > 0 ? PyTuple_GET_ITEM(entry, 0) : NULL;
    int64_t second = 0;
    if (until != NULL && Py_IS_TYPE(until, &PyFloat_Type)) {
        double at = ((PyFloatObject *)until)->ob_fval;
        return at > 0 && at < now;
    }
    return until != NULL && Py_IS_TYPE(until, &PyLong_Type) && int_value(until, &second) && second > 0
        && (double)second < now;
}

/* Entries `(until when, content)` whose time is over; 0 is for ever. False for what is no dict. */
static bool count_over(PyObject *dict, double now, int64_t *count)
{
    if (dict == NULL || !is_any_dict(dict)) {
        return false;
    }
    for (Py_ssize_t i = 0; i < dict_entries((PyDictObject *)dict); i++) {
        PyObject *entry = dict_item((PyDictObject *)dict, i).value;
        *count += entry != NULL && is_over(entry, now);
    }
    return true;
}

static bool find_number(const Fact *fact, PyObject *object, double now, int64_t *number)
{
    PyObject *found = read_attribute(object, fact->among == NULL ? fact->name : fact->among);
    if (fact->among != NULL) {
        return count_over(found, now, number);
    }
    return found != NULL && Py_IS_TYPE(found, &PyLong_Type) && int_value(found, number);
}

bool facts_put(Facts *facts, Names *names, const TypeInfo *info, PyObject *object)
{
    for (size_t i = 0; i < info->facts->count; i++) {
        const Fact *fact = &info->facts->facts[i];
        int64_t number = 0;
        if (find_number(fact, object, facts->now, &number) && !put_row(facts, names, object, fact->name, number)) {
            return false;
        }
    }
    const Counters at = info->counters;
    return (at.hits == 0 || put_row(facts, names, object, "hits", number_at(object, at.hits)))
        && (at.misses == 0 || put_row(facts, names, object, "misses", number_at(object, at.misses)));
}
