#include "walk/containers.h"

#include "cpython/text.h"
#include "types/bounds.h"

/* True when the piece is full: the rest waits below its children, so the stack stays as deep as the nesting. */
static bool suspended(Walk *walk, PyObject *object, uint64_t next, uint64_t end)
{
    if (walk->edge_count < EDGES_MOST || next >= end) {
        return false;
    }
    push(walk, object, next);
    flush_record(walk);
    return true;
}

static bool walk_elements(Walk *walk, PyObject *object, PyObject **items, Py_ssize_t count, uint64_t from)
{
    for (uint64_t i = from; items != NULL && i < (uint64_t)count; i++) {
        edge(walk, items[i], GROUP_ELEMENTS)->number = (int64_t)i;
        if (suspended(walk, object, i + 1, (uint64_t)count)) {
            return true;
        }
    }
    return false;
}

static bool walk_items(Walk *walk, PyObject *object, uint64_t from)
{
    PyDictObject *dict = (PyDictObject *)object;
    uint64_t entries = (uint64_t)dict_entries(dict);
    for (uint64_t i = from; i < entries; i++) {
        DictItem item = dict_item(dict, (Py_ssize_t)i);
        int64_t number = 0;
        if (item.value == NULL || item.key == NULL) {
            continue;
        }
        bool integer = Py_IS_TYPE(item.key, &PyLong_Type) && int_value(item.key, &number);
        Edge *added = edge(walk, item.value, integer ? GROUP_INT_ITEMS : GROUP_ITEMS);
        added->key = item.key;
        added->number = number;
        if (walk->options.observer != NULL && Py_IS_TYPE(item.key, &PyUnicode_Type)) {
            char name[64];
            name[str_utf8(item.key, name, sizeof name - 1)] = '\0';
            walk->options.observer->reference(walk->options.observer->context, walk->address, name,
                                              (uintptr_t)item.value);
        }
        if (suspended(walk, object, i + 1, entries)) {
            return true;
        }
    }
    return false;
}

static bool walk_members(Walk *walk, PyObject *object, uint64_t from)
{
    PySetObject *set = (PySetObject *)object;
    for (uint64_t i = from; set->table != NULL && i <= (uint64_t)set->mask; i++) {
        if (set->table[i].key != NULL && set->table[i].hash != -1) {
            edge(walk, set->table[i].key, GROUP_MEMBERS);
            if (suspended(walk, object, i + 1, (uint64_t)set->mask + 1)) {
                return true;
            }
        }
    }
    return false;
}

bool walk_sequence(Walk *walk, PyObject *object, uint64_t from)
{
    uint32_t parts = walk->info->parts;
    if (parts & PART_LIST) {
        return walk_elements(walk, object, ((PyListObject *)object)->ob_item, Py_SIZE(object), from);
    }
    if (parts & PART_TUPLE) {
        return walk_elements(walk, object, ((PyTupleObject *)object)->ob_item, Py_SIZE(object), from);
    }
    if (parts & PART_DICT) {
        return object != walk->interned && walk_items(walk, object, from);
    }
    return (parts & PART_SET) && walk_members(walk, object, from);
}

/* A row of an object and a number; none where that is below 0. */
static void put_number(Walk *walk, Section *section, PyObject *object, Py_ssize_t number)
{
    if (number < 0 || !walk->options.graph) {
        return;
    }
    if (!section_reserve(section, 32)) {
        walk->failed = true;
        return;
    }
    put_varint(section, (uintptr_t)object >> 3);
    put_varint(section, (uint64_t)number);
}

void put_bound(Walk *walk, PyObject *object, size_t offset)
{
    put_number(walk, &walk->bounds, object, number_at(object, offset));
}

void put_view(Walk *walk, PyObject *object, Py_ssize_t bytes)
{
    put_number(walk, &walk->views, object, bytes);
}
