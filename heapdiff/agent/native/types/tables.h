/* The types of a snapshot, with their names and layouts: each is written once and referred to by number. */
#pragma once

#include "content/whitelist.h"
#include "cpython/internals.h"
#include "platform/memory.h"
#include "types/bounds.h"
#include "types/layouts.h"
#include "types/names.h"
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
    PART_MEMORYVIEW = 262144,
    PART_TEXT_STREAM = 524288, /* an `io.StringIO` */
    PART_ZONE = 1048576,   /* a `datetime.datetime` or `time`, which has a tzinfo if a flag says so */
    PART_LOCALS = 131072,  /* a `threading.local`: a dict whose values are the attributes in each thread */
    PART_TAIL_DICT = 65536, /* a dict pointer behind the items: subclasses of int, tuple, bytes on 3.11 */
};

enum SizeKind { SIZE_FIXED, SIZE_ITEMS, SIZE_STR, SIZE_INT, SIZE_LIST, SIZE_DICT, SIZE_SET, SIZE_METHOD, SIZE_UNREADABLE };

/* Where an instance keeps content outside of itself, other than its parts tell. */
enum Buffer { BUFFER_NONE, BUFFER_STR, BUFFER_BYTEARRAY, BUFFER_ARRAY, BUFFER_ORDERED, BUFFER_BYTESIO };

enum { FIELDS_MOST = 256 };

typedef struct {
    PyTypeObject *type;
    uint32_t id, parts, flags;
    enum SizeKind size_kind;
    enum Buffer buffer;
    bool own;                  /* heapdiff's own type, or none of the process's */
    size_t fixed_bytes;        /* struct, headers */
    PyCFunction size_method;   /* a C-level __sizeof__ */
    uint16_t *field_offsets;
    uint32_t field_count, field_layout;
    uint32_t values_layout, values_count;
    PyDictKeysObject *values_keys;
    traverseproc traverse;
    size_t zone_offset;        /* of a datetime's tzinfo */
    getter greenlet_frame;     /* of a greenlet's `gr_frame`; NULL for other types */
    Counters counters;         /* where a bounded container keeps its numbers */
    const FactsOfType *facts;  /* which numbers snapshots tell of its instances */
    const char *text;          /* module.qualname, UTF-8 */
    size_t text_bytes;
    uint64_t count, bytes;
    uint32_t faults, size_faults; /* crashes in the type's own C code, and over the size of an object */
} TypeInfo;

typedef struct {
    Names names;
    Layouts layouts;
    Section types;
    PointerMap type_ids;       /* type -> index in `infos` */
    Pile infos;                /* TypeInfo * */
    TypeInfo *unreadable;      /* of objects whose type's own memory crashed while it was read */
    bool hashed;               /* str and bytes objects have an entry among the hashes */
    TypeInfo *cache[512];
} Tables;

bool tables_init(Tables *tables, HeapFile *file);
bool tables_flush(Tables *tables);

/* A type gets its number with its row, when nothing of it is left to read that could crash. `module_bytes` of the text
   are its module. */
bool write_type(Tables *tables, TypeInfo *info, const char *text, size_t module_bytes, size_t bytes);
/* A row without a type object. */
TypeInfo *make_bare_type(Tables *tables, const char *text, uint32_t flags);
