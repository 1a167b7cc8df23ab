/* Names, types and layouts of a snapshot: each is written once and referred to by number. */
#ifndef HEAPDIFF_TABLES_H
#define HEAPDIFF_TABLES_H

#include "cpython/internals.h"
#include "platform/memory.h"
#include "write/output.h"

/* What an instance of a type is made of, and so how it is walked. None: a leaf, it refers to nothing. */
enum Part {
    PART_FIELDS = 1,      /* members at fixed offsets: slots, C members, the dict pointer */
    PART_MANAGED = 2,     /* inline attributes or a managed dict */
    PART_TRAVERSE = 4,    /* what only the type's own tp_traverse knows */
    PART_LIST = 8,
    PART_TUPLE = 16,
    PART_DICT = 32,
    PART_SET = 64,
    PART_TYPE = 128,
    PART_CODE = 256,
    PART_GENERATOR = 512,
    PART_FRAME = 1024,
    PART_WEAKREF = 2048,
    PART_FUNCTION = 4096,
    PART_MODULE = 8192,
    PART_IN_ORDER = 16384, /* tp_traverse visits elements in order: a deque */
    PART_ARRAY = 32768,    /* a NumPy array */
    PART_LOCALS = 131072,  /* a `threading.local`: a dict whose values are the attributes in each thread */
    PART_TAIL_DICT = 65536, /* a dict pointer behind the items: subclasses of int, tuple, bytes on 3.11 */
};

enum SizeKind { SIZE_FIXED, SIZE_ITEMS, SIZE_STR, SIZE_INT, SIZE_LIST, SIZE_DICT, SIZE_SET, SIZE_METHOD, SIZE_UNREADABLE };

enum { FIELDS_MOST = 256, TYPE_TEXT_MOST = 1024 };

typedef struct {
    PyTypeObject *type;
    uint32_t id, parts, flags;
    enum SizeKind size_kind;
    bool own;                  /* heapdiff's own type, or none of the process's */
    size_t fixed_bytes;        /* struct, headers */
    PyCFunction size_method;   /* a C-level __sizeof__ */
    uint16_t *field_offsets;
    uint32_t field_count, field_layout;
    uint32_t values_layout, values_count;
    PyDictKeysObject *values_keys;
    traverseproc traverse;
    getter greenlet_frame;     /* of a greenlet's `gr_frame`; NULL for other types */
    size_t bound_offset;       /* where a bounded container keeps its bound; 0: nowhere */
    const char *text;          /* module.qualname, UTF-8 */
    size_t text_bytes;
    uint64_t count, bytes;
    uint32_t faults, size_faults; /* crashes in the type's own C code, and over the size of an object */
} TypeInfo;

typedef struct {
    Section names, types, layouts;
    PointerMap literal_names;  /* C string -> name */
    PointerMap str_names;      /* str object -> name; 0: not an identifier */
    PointerMap type_ids;       /* type -> index in `infos` */
    PointerMap layout_ids;     /* dict keys, code -> layout */
    PointerMap named_keys;     /* dict keys whose names are known -> how many */
    Pile infos;                /* TypeInfo * */
    TypeInfo *unreadable;      /* of objects whose type's own memory crashed while it was read */
    TypeInfo *cache[512];
    uint32_t name_count, layout_count;
    bool failed;
} Tables;

/* Once per process, with the GIL, before any capture: what later look-ups compare with. 0, or -1 with an exception. */
int tables_prepare(void);

bool tables_init(Tables *tables, HeapFile *file);
bool tables_flush(Tables *tables);

uint32_t literal_name(Tables *tables, const char *literal);
uint32_t text_name(Tables *tables, const char *utf8, size_t bytes);
/* The name of an identifier; 0 for anything else. */
uint32_t identifier_name(Tables *tables, PyObject *str);
/* The name of a module, function, class or code object: identifiers with dots and <locals>; 0 for anything else. */
uint32_t code_name(Tables *tables, PyObject *str);
/* Learn the identifiers among the keys of a namespace. */
void learn_namespace(Tables *tables, PyObject *dict);

TypeInfo *make_type_info(Tables *tables, PyTypeObject *type);

static inline TypeInfo *type_info(Tables *tables, PyTypeObject *type)
{
    TypeInfo **place = &tables->cache[((uintptr_t)type >> 4) % 509];
    if (*place == NULL || (*place)->type != type) {
        TypeInfo *info = make_type_info(tables, type);
        if (info == NULL) {
            return NULL;
        }
        *place = info;
    }
    return *place;
}

/* A row without a type object. */
TypeInfo *make_bare_type(Tables *tables, const char *text, uint32_t flags);

/* The layout of a code object's variables. */
uint32_t code_layout(Tables *tables, PyCodeObject *code);

size_t shallow_bytes(TypeInfo *info, PyObject *object);

#endif
