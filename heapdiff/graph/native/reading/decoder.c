/* The Python type `Decoder`: one `.heap` file on its way into arrays. Order of calls: scan each section, seal, tables,
 * columns, describe each section, references, fill each section, compact. The arrays stay borrowed until the decoder goes. */
#include "reading/decoder.h"

#include <string.h>
#include <structmember.h>

#include "arrays/buffers.h"
#include "reading/decode.h"

enum { TABLE_BUFFERS = 5, COLUMN_BUFFERS = 7, REFERENCE_BUFFERS = 3 };

typedef enum { SCANNING, SEALED, HAS_TABLES, HAS_COLUMNS, HAS_REFERENCES } State;

typedef struct {
    PyObject_HEAD
    Decode decode;
    State state;
    Py_buffer tables[TABLE_BUFFERS], columns[COLUMN_BUFFERS], references[REFERENCE_BUFFERS];
} Decoder;

static int decoder_init(PyObject *object, PyObject *args, PyObject *keywords)
{
    Decoder *self = (Decoder *)object;
    unsigned long long seed;
    if (!PyArg_ParseTuple(args, "K:Decoder", &seed)) {
        return -1;
    }
    if (self->decode.index.slots != NULL) {
        PyErr_SetString(PyExc_ValueError, "a decoder reads one file");
        return -1;
    }
    if (!index_init(&self->decode.index, seed)) {
        PyErr_NoMemory();
        return -1;
    }
    return 0;
}

static void decoder_dealloc(PyObject *object)
{
    Decoder *self = (Decoder *)object;
    PyTypeObject *type = Py_TYPE(object);
    buffers_release(self->tables, TABLE_BUFFERS);
    buffers_release(self->columns, COLUMN_BUFFERS);
    buffers_release(self->references, REFERENCE_BUFFERS);
    wide_free(&self->decode.columns.wide_sizes);
    wide_free(&self->decode.columns.wide_refcounts);
    index_free(&self->decode.index);
    type->tp_free(object);
    Py_DECREF(type);
}

static bool require_state(Decoder *self, State state)
{
    if (self->state != state || self->decode.index.slots == NULL) {
        PyErr_SetString(PyExc_ValueError, "the decoder's methods were called out of order");
        return false;
    }
    return true;
}

typedef const char *Section(Decode *decode, const uint8_t *payload, size_t bytes);

static PyObject *run_section(PyObject *object, PyObject *args, State state, Section *section)
{
    Decoder *self = (Decoder *)object;
    Py_buffer payload = {0};
    const char *error;
    if (!require_state(self, state) || !PyArg_ParseTuple(args, "y*", &payload)) {
        return NULL;
    }
    Py_BEGIN_ALLOW_THREADS
    error = section(&self->decode, payload.buf, (size_t)payload.len);
    Py_END_ALLOW_THREADS
    PyBuffer_Release(&payload);
    if (error != NULL) {
        PyErr_SetString(PyExc_ValueError, error);
        return NULL;
    }
    Py_RETURN_NONE;
}

static PyObject *decoder_scan(PyObject *self, PyObject *args)
{
    return run_section(self, args, SCANNING, decode_scan);
}

static PyObject *decoder_describe(PyObject *self, PyObject *args)
{
    return run_section(self, args, HAS_COLUMNS, decode_describe);
}

static PyObject *decoder_fill(PyObject *self, PyObject *args)
{
    return run_section(self, args, HAS_REFERENCES, decode_fill);
}

static PyObject *decoder_compact(PyObject *object, PyObject *args)
{
    Decoder *self = (Decoder *)object;
    uint64_t kept;
    if (!require_state(self, HAS_REFERENCES)) {
        return NULL;
    }
    if (self->decode.filled != self->decode.references.room) {
        PyErr_SetString(PyExc_ValueError, "the file changed while it was read");
        return NULL;
    }
    Py_BEGIN_ALLOW_THREADS
    kept = decode_compact(&self->decode);
    Py_END_ALLOW_THREADS
    return PyLong_FromUnsignedLongLong(kept);
}

static PyObject *decoder_seal(PyObject *object, PyObject *args)
{
    Decoder *self = (Decoder *)object;
    bool sealed;
    if (!require_state(self, SCANNING)) {
        return NULL;
    }
    Py_BEGIN_ALLOW_THREADS
    sealed = index_seal(&self->decode.index);
    Py_END_ALLOW_THREADS
    if (!sealed) {
        PyErr_SetString(PyExc_ValueError, "too many objects");
        return NULL;
    }
    self->state = SEALED;
    return PyLong_FromUnsignedLong(self->decode.index.nodes);
}

static PyObject *decoder_addresses(PyObject *object, PyObject *args)
{
    Decoder *self = (Decoder *)object;
    PyObject *result = NULL;
    Py_buffer out = {0};
    if (!PyArg_ParseTuple(args, "w*", &out)) {
        return NULL;
    }
    if (self->state == SCANNING) {
        PyErr_SetString(PyExc_ValueError, "the decoder's methods were called out of order");
    } else if (buffer_fits(&out, sizeof(uint64_t), self->decode.index.nodes, "addresses")) {
        index_addresses(&self->decode.index, out.buf);
        result = Py_NewRef(Py_None);
    }
    PyBuffer_Release(&out);
    return result;
}

static PyObject *decoder_find(PyObject *object, PyObject *args)
{
    Decoder *self = (Decoder *)object;
    PyObject *result = NULL;
    Py_buffer buffers[2] = {{0}};
    if (!PyArg_ParseTuple(args, "y*w*", &buffers[0], &buffers[1])) {
        return NULL;
    }
    if (self->state == SCANNING) {
        PyErr_SetString(PyExc_ValueError, "the decoder's methods were called out of order");
    } else if (buffer_aligned(&buffers[0], sizeof(uint64_t), "addresses")) {
        size_t count = buffer_count(&buffers[0], sizeof(uint64_t));
        if (buffer_fits(&buffers[1], sizeof(uint32_t), count, "nodes")) {
            for (size_t i = 0; i < count; i++) {
                ((uint32_t *)buffers[1].buf)[i] =
                    index_find(&self->decode.index, ((const uint64_t *)buffers[0].buf)[i]);
            }
            result = Py_NewRef(Py_None);
        }
    }
    buffers_release(buffers, 2);
    return result;
}

static bool layouts_consistent(const Py_buffer *first, const Py_buffer *labels)
{
    const uint32_t *at = first->buf;
    size_t layouts = buffer_count(first, sizeof *at) - 1;
    for (size_t i = 0; i < layouts; i++) {
        if (at[i] > at[i + 1]) {
            return false;
        }
    }
    return at[0] == 0 && at[layouts] == buffer_count(labels, sizeof *at);
}

/* tables(base_sizes i64, type_nodes u32, layout_first u32, layout_labels u32, hashed u8, names) */
static PyObject *decoder_tables(PyObject *object, PyObject *args)
{
    Decoder *self = (Decoder *)object;
    Py_buffer *held = self->tables;
    unsigned long long names;
    if (!require_state(self, SEALED)
        || !PyArg_ParseTuple(args, "y*y*y*y*y*K", &held[0], &held[1], &held[2], &held[3], &held[4], &names)) {
        return NULL;
    }
    size_t types = buffer_count(&held[1], sizeof(uint32_t));
    if (!buffer_fits(&held[0], sizeof(int64_t), types, "base_sizes")
        || !buffer_fits(&held[1], sizeof(uint32_t), types, "type_nodes")
        || !buffer_fits(&held[4], sizeof(uint8_t), types, "hashed")
        || !buffer_aligned(&held[2], sizeof(uint32_t), "layout_first")
        || !buffer_aligned(&held[3], sizeof(uint32_t), "layout_labels")) {
        goto refused;
    }
    const uint32_t *type_nodes = held[1].buf;
    for (size_t i = 0; i < types; i++) {
        if (type_nodes[i] >= self->decode.index.nodes && type_nodes[i] < MISSING_TYPE) {
            PyErr_SetString(PyExc_ValueError, "type_nodes: not a node");
            goto refused;
        }
    }
    if (held[2].len == 0 || !layouts_consistent(&held[2], &held[3])) {
        PyErr_SetString(PyExc_ValueError, "layout_first: not the beginnings of rows of layout_labels");
        goto refused;
    }
    self->decode.tables = (Tables){
        .base_sizes = held[0].buf,
        .type_nodes = held[1].buf,
        .hashed = held[4].buf,
        .types = types,
        .layout_first = held[2].buf,
        .layout_labels = held[3].buf,
        .layouts = buffer_count(&held[2], sizeof(uint32_t)) - 1,
        .names = names,
    };
    self->state = HAS_TABLES;
    Py_RETURN_NONE;
refused:
    buffers_release(held, TABLE_BUFFERS);
    return NULL;
}

/* columns(type_ids u16 or u32 n, sizes u16 n, refcounts u8 n, first i32 n + 2, named u32 2 *, declared u32 4 *, hashed u32) */
static PyObject *decoder_columns(PyObject *object, PyObject *args)
{
    Decoder *self = (Decoder *)object;
    Decode *decode = &self->decode;
    Py_buffer *held = self->columns;
    if (!require_state(self, HAS_TABLES)
        || !PyArg_ParseTuple(
            args, "w*w*w*w*w*w*w*", &held[0], &held[1], &held[2], &held[3], &held[4], &held[5], &held[6])) {
        return NULL;
    }
    size_t nodes = decode->index.nodes;
    bool long_type_ids = decode->tables.types > (size_t)UINT16_MAX + 1;
    if (!buffer_fits(&held[0], long_type_ids ? sizeof(uint32_t) : sizeof(uint16_t), nodes, "type_ids")
        || !buffer_fits(&held[1], sizeof(uint16_t), nodes, "sizes")
        || !buffer_fits(&held[2], sizeof(uint8_t), nodes, "refcounts")
        || !buffer_fits(&held[3], sizeof(int32_t), nodes + 2, "first")
        || !buffer_fits(&held[4], sizeof(uint32_t), 2 * decode->objects_named, "named")
        || !buffer_fits(&held[5], sizeof(uint32_t), 4 * decode->declarations, "declared")
        || !buffer_aligned(&held[6], sizeof(uint32_t), "hashed")) {
        buffers_release(held, COLUMN_BUFFERS);
        return NULL;
    }
    decode->columns = (Columns){
        .type_ids = held[0].buf,
        .long_type_ids = long_type_ids,
        .sizes = held[1].buf,
        .refcounts = held[2].buf,
        .first = held[3].buf,
        .named = held[4].buf,
        .declared = held[5].buf,
        .named_room = decode->objects_named,
        .declared_room = decode->declarations,
        .hashed = held[6].buf,
        .hashed_room = buffer_count(&held[6], sizeof(uint32_t)),
    };
    self->state = HAS_COLUMNS;
    Py_RETURN_NONE;
}

/* wide() -> bytes of nodes u32 and numbers i64, of the sizes that their column cannot hold, and of the reference counts */
static PyObject *decoder_wide(PyObject *object, PyObject *args)
{
    Decoder *self = (Decoder *)object;
    if (!require_state(self, HAS_COLUMNS)) {
        return NULL;
    }
    PyObject *sizes = wide_pair(&self->decode.columns.wide_sizes);
    PyObject *refcounts = sizes == NULL ? NULL : wide_pair(&self->decode.columns.wide_refcounts);
    PyObject *both = refcounts == NULL ? NULL : PyTuple_Pack(2, sizes, refcounts);
    Py_XDECREF(sizes);
    Py_XDECREF(refcounts);
    return both;
}

/* references(targets u32 m, labels u32 m, int_keys i64) */
static PyObject *decoder_references(PyObject *object, PyObject *args)
{
    Decoder *self = (Decoder *)object;
    Py_buffer *held = self->references;
    if (!require_state(self, HAS_COLUMNS) || !PyArg_ParseTuple(args, "w*w*w*", &held[0], &held[1], &held[2])) {
        return NULL;
    }
    size_t room = buffer_count(&held[0], sizeof(uint32_t));
    if (!buffer_fits(&held[0], sizeof(uint32_t), room, "targets")
        || !buffer_fits(&held[1], sizeof(uint32_t), room, "labels")
        || !buffer_fits(&held[2], sizeof(int64_t), self->decode.int_items, "int_keys")) {
        buffers_release(held, REFERENCE_BUFFERS);
        return NULL;
    }
    self->decode.references = (References){
        .targets = held[0].buf,
        .labels = held[1].buf,
        .int_keys = held[2].buf,
        .room = room,
        .int_room = self->decode.int_items,
    };
    self->state = HAS_REFERENCES;
    Py_RETURN_NONE;
}

static PyMethodDef methods[] = {
    {"scan", decoder_scan, METH_VARARGS, NULL},
    {"seal", decoder_seal, METH_NOARGS, NULL},
    {"addresses", decoder_addresses, METH_VARARGS, NULL},
    {"find", decoder_find, METH_VARARGS, NULL},
    {"tables", decoder_tables, METH_VARARGS, NULL},
    {"columns", decoder_columns, METH_VARARGS, NULL},
    {"describe", decoder_describe, METH_VARARGS, NULL},
    {"wide", decoder_wide, METH_NOARGS, NULL},
    {"references", decoder_references, METH_VARARGS, NULL},
    {"fill", decoder_fill, METH_VARARGS, NULL},
    {"compact", decoder_compact, METH_NOARGS, NULL},
    {NULL, NULL, 0, NULL},
};

#define COUNTER(name, field) {name, T_ULONGLONG, offsetof(Decoder, decode.field), READONLY, NULL}

static PyMemberDef members[] = {
    COUNTER("objects", objects),
    COUNTER("named", objects_named),
    COUNTER("declared", declarations),
    COUNTER("int_items", int_items),
    COUNTER("named_used", named_used),
    COUNTER("declared_used", declared_used),
    COUNTER("hashed_used", hashed_used),
    COUNTER("int_used", int_used),
    COUNTER("filled", filled),
    COUNTER("dropped", dropped),
    {NULL, 0, 0, 0, NULL},
};

static PyType_Slot slots[] = {
    {Py_tp_new, PyType_GenericNew},
    {Py_tp_init, decoder_init},
    {Py_tp_dealloc, decoder_dealloc},
    {Py_tp_methods, methods},
    {Py_tp_members, members},
    {0, NULL},
};

static PyType_Spec spec = {
    .name = "heapdiff.graph._kernels.Decoder",
    .basicsize = sizeof(Decoder),
    .flags = Py_TPFLAGS_DEFAULT,
    .slots = slots,
};

PyObject *decoder_type(void)
{
    return PyType_FromSpec(&spec);
}
