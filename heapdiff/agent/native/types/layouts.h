/* The layouts of a snapshot: what the references of all instances of a type, or of all frames of a code object, are called. */
#pragma once

#include "types/names.h"
#include "format.h"

typedef struct {
    Section section;
    PointerMap ids;   /* code -> layout */
    uint32_t count;
} Layouts;

bool layouts_init(Layouts *layouts, HeapFile *file);

/* A layout of `count` entries, to be followed by as many entries; 0 when there is no room. */
uint32_t begin_layout(Layouts *layouts, size_t count);
void layout_entry(Layouts *layouts, enum EdgeKind kind, uint32_t name);
/* The layout of a code object's variables. */
uint32_t code_layout(Layouts *layouts, Names *names, PyCodeObject *code);
