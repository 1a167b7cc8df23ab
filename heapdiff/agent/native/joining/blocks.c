#include "joining/blocks.h"

#include "types/sizes.h"

/* Heads of structs that no header has, the same from 3.11 on; a test with every block sampled shows that they are right. */
typedef struct DequeBlock {
    struct DequeBlock *left;
    PyObject *items[64];
    struct DequeBlock *right;
} DequeBlock;

typedef struct {
    PyObject_VAR_HEAD
    DequeBlock *first, *last;
} Deque;

typedef struct {
    PyObject_VAR_HEAD
    char *items;
} Array;

typedef struct {
    PyObject_HEAD
    PyObject *content; /* bytes that no collector sees */
} BytesIO;

typedef struct OrderNode {
    PyObject *key;
    Py_hash_t hash;
    struct OrderNode *next, *previous;
} OrderNode;

typedef struct {
    PyDictObject dict;
    OrderNode *first, *last, **table;
} OrderedDict;

typedef struct {
    EachBlock *call;
    void *context;
} Each;

static void tell(const Each *each, const void *block)
{
    if (block != NULL) {
        each->call(each->context, block);
    }
}

static void values_block(const Each *each, PyDictValues *values)
{
#if PY_VERSION_HEX >= 0x030D0000
    tell(each, values->embedded ? NULL : values);
#else
    tell(each, (uint8_t *)values - ((uint8_t *)values)[-1]);
#endif
}

static void dict_blocks(const Each *each, PyDictObject *dict)
{
    if (dict->ma_values != NULL) {
        values_block(each, dict->ma_values);
    } else if (dict->ma_keys != NULL && dict->ma_keys->dk_refcnt == 1) {
        tell(each, dict->ma_keys);
    }
}

static void ordered_blocks(const Each *each, OrderedDict *ordered)
{
    OrderNode *node = ordered->first;
    tell(each, ordered->table);
    for (Py_ssize_t left = ordered->dict.ma_used; node != NULL && left > 0; left--, node = node->next) {
        tell(each, node);
    }
}

static void deque_blocks(const Each *each, Deque *deque)
{
    DequeBlock *block = deque->first;
    for (Py_ssize_t left = Py_SIZE(deque) / 64 + 2; block != NULL && left > 0; left--) {
        tell(each, block);
        block = block == deque->last ? NULL : block->right;
    }
}

static void type_blocks(const Each *each, PyTypeObject *type)
{
    if (type->tp_flags & Py_TPFLAGS_HEAPTYPE) {
        tell(each, cached_keys(type));
        tell(each, type->tp_doc);
    }
}

static void str_blocks(const Each *each, PyObject *object)
{
    PyASCIIObject *ascii = (PyASCIIObject *)object;
    if (ascii->state.compact && ascii->state.ascii) {
        return;
    }
    const char *utf8 = ((PyCompactUnicodeObject *)object)->utf8;
    const void *data = ascii->state.compact ? NULL : ((PyUnicodeObject *)object)->data.any;
    tell(each, data);
    tell(each, utf8 == data ? NULL : utf8);
#if PY_VERSION_HEX < 0x030C0000
    tell(each, ascii->wstr == data ? NULL : ascii->wstr);
#endif
}

static void bytearray_blocks(const Each *each, PyByteArrayObject *array)
{
    char *start = array->ob_alloc > 0 ? array->ob_bytes : NULL;
    tell(each, start);
#if PY_VERSION_HEX >= 0x030F0000
    tell(each, start == NULL ? NULL : start - offsetof(PyBytesObject, ob_sval)); /* in an object that it alone has */
#endif
}

static void bytesio_blocks(const Each *each, BytesIO *stream)
{
    tell(each, stream->content != NULL && Py_REFCNT(stream->content) == 1 ? stream->content : NULL);
}

static void managed_blocks(const Each *each, PyObject *object)
{
#if PY_VERSION_HEX < 0x030D0000
    PyDictValues *values;
    PyObject *dict;
    managed_attributes(object, &values, &dict);
    if (values != NULL) {
        values_block(each, values);
    }
#endif
}

void owned_blocks(PyObject *object, const TypeInfo *info, EachBlock *call, void *context)
{
    const Each each = {call, context};
    uint32_t parts = info->parts;
    tell(&each, own_block(object, info));
    if (parts & PART_LIST) {
        tell(&each, ((PyListObject *)object)->ob_item);
    } else if (parts & PART_DICT) {
        dict_blocks(&each, (PyDictObject *)object);
    } else if (parts & PART_SET) {
        PySetObject *set = (PySetObject *)object;
        tell(&each, set->table == set->smalltable ? NULL : set->table);
    } else if (parts & PART_TYPE) {
        type_blocks(&each, (PyTypeObject *)object);
    } else if (parts & PART_IN_ORDER) {
        deque_blocks(&each, (Deque *)object);
    }
    if (parts & PART_MANAGED) {
        managed_blocks(&each, object);
    }
    switch (info->buffer) {
    case BUFFER_NONE:
        break;
    case BUFFER_STR:
        str_blocks(&each, object);
        break;
    case BUFFER_BYTEARRAY:
        bytearray_blocks(&each, (PyByteArrayObject *)object);
        break;
    case BUFFER_ARRAY:
        tell(&each, ((Array *)object)->items);
        break;
    case BUFFER_ORDERED:
        ordered_blocks(&each, (OrderedDict *)object);
        break;
    case BUFFER_BYTESIO:
        bytesio_blocks(&each, (BytesIO *)object);
        break;
    }
}
