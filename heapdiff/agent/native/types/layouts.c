#include "types/layouts.h"

enum { LAYOUT_MOST = 4096 };

bool layouts_init(Layouts *layouts, HeapFile *file)
{
    layouts->count = 0;
    return section_init(&layouts->section, file, "LAYO", 1 << 16) && pointer_map_init(&layouts->ids, 1 << 12);
}

uint32_t begin_layout(Layouts *layouts, size_t count)
{
    if (!section_reserve(&layouts->section, 10 + count * 12)) {
        return 0;
    }
    put_varint(&layouts->section, count);
    return ++layouts->count;
}

void layout_entry(Layouts *layouts, enum EdgeKind kind, uint32_t name)
{
    put_varint(&layouts->section, kind);
    put_varint(&layouts->section, name);
}

uint32_t code_layout(Layouts *layouts, Names *names, PyCodeObject *code)
{
    bool added;
    PyObject *variables = code->co_localsplusnames, *kinds = code->co_localspluskinds;
    if (variables == NULL || !Py_IS_TYPE(variables, &PyTuple_Type) || kinds == NULL || !Py_IS_TYPE(kinds, &PyBytes_Type)) {
        return 0;
    }
    Py_ssize_t count = PyTuple_GET_SIZE(variables);
    uint32_t *place = pointer_map_place(&layouts->ids, code, &added);
    if (place == NULL || !added || count == 0 || count > LAYOUT_MOST || PyBytes_GET_SIZE(kinds) != count) {
        return place == NULL ? 0 : *place;
    }
    struct {
        enum EdgeKind kind;
        uint32_t name;
    } labels[LAYOUT_MOST]; /* read before the row is begun: one that a crash cuts short would shift all behind it */
    for (Py_ssize_t i = 0; i < count; i++) {
        unsigned char kind = (unsigned char)PyBytes_AS_STRING(kinds)[i];
        labels[i].kind = kind & CO_FAST_FREE ? EDGE_FREE : kind & CO_FAST_CELL ? EDGE_CELL : EDGE_LOCAL;
        labels[i].name = identifier_name(names, PyTuple_GET_ITEM(variables, i));
    }
    uint32_t layout = *place = begin_layout(layouts, (size_t)count);
    for (Py_ssize_t i = 0; layout != 0 && i < count; i++) {
        layout_entry(layouts, labels[i].kind, labels[i].name);
    }
    return layout;
}
