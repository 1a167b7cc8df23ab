/* The extension `heapdiff.graph._kernels`: each function checks the arrays it was lent and runs one kernel over them
 * with the GIL released. The caller must not change them meanwhile. */
#include "reading/decoder.h"

#include "algorithms/dominators.h"
#include "algorithms/paths.h"
#include "algorithms/recurring.h"
#include "algorithms/retained.h"
#include "algorithms/reverse.h"
#include "algorithms/seeking.h"
#include "module_alike.h"

static PyObject *finish(bool valid, bool enough)
{
    if (valid && enough) {
        Py_RETURN_NONE;
    }
    return valid ? PyErr_NoMemory() : NULL;
}

/* referrers(first, targets, labels, out_first i32 n + 2, sources u32 m, edges u32 m) -> references filled */
static PyObject *kernel_referrers(PyObject *module, PyObject *args)
{
    Py_buffer in[6] = {{0}};
    PyObject *result = NULL;
    Rows rows;
    if (!PyArg_ParseTuple(args, "y*y*y*w*w*w*", &in[0], &in[1], &in[2], &in[3], &in[4], &in[5])) {
        return NULL;
    }
    if (rows_take(&rows, &in[0], &in[1], &in[2])
        && buffer_fits(&in[3], sizeof(int32_t), (size_t)rows.nodes + 2, "out_first")
        && buffer_fits(&in[4], sizeof(uint32_t), rows.edges, "sources")
        && buffer_fits(&in[5], sizeof(uint32_t), rows.edges, "edges")) {
        size_t filled;
        Py_BEGIN_ALLOW_THREADS
        memset(in[3].buf, 0, (size_t)in[3].len);
        filled = reverse_rows(&rows, in[3].buf, in[4].buf, in[5].buf);
        Py_END_ALLOW_THREADS
        result = PyLong_FromSize_t(filled);
    }
    buffers_release(in, 6);
    return result;
}

/* dominators(first, targets, labels, roots u32, idom u32 n) */
static PyObject *kernel_dominators(PyObject *module, PyObject *args)
{
    Py_buffer in[5] = {{0}};
    Rows rows;
    bool valid, enough = false;
    if (!PyArg_ParseTuple(args, "y*y*y*y*w*", &in[0], &in[1], &in[2], &in[3], &in[4])) {
        return NULL;
    }
    size_t roots = buffer_count(&in[3], sizeof(uint32_t));
    valid = rows_take(&rows, &in[0], &in[1], &in[2]) && buffer_aligned(&in[3], sizeof(uint32_t), "roots")
        && nodes_valid(in[3].buf, roots, rows.nodes, "roots")
        && buffer_fits(&in[4], sizeof(uint32_t), rows.nodes, "idom");
    if (valid) {
        Py_BEGIN_ALLOW_THREADS
        enough = dominators_compute(&rows, in[3].buf, roots, in[4].buf);
        Py_END_ALLOW_THREADS
    }
    buffers_release(in, 5);
    return finish(valid, enough);
}

/* retained(idom u32 n, sizes u32 n, which become the retained ones, places u32 k, large i64 k) -> bytes of u32, of i64 */
static PyObject *kernel_retained(PyObject *module, PyObject *args)
{
    Py_buffer in[4] = {{0}};
    PyObject *result = NULL;
    Wide wide = {0};
    if (!PyArg_ParseTuple(args, "y*w*y*y*", &in[0], &in[1], &in[2], &in[3])) {
        return NULL;
    }
    size_t nodes = buffer_count(&in[0], sizeof(uint32_t));
    Wide large = {.nodes = in[2].buf, .numbers = in[3].buf, .count = buffer_count(&in[2], sizeof(uint32_t))};
    bool valid = buffer_fits(&in[0], sizeof(uint32_t), nodes, "idom")
        && buffer_fits(&in[1], sizeof(uint32_t), nodes, "retained")
        && buffer_fits(&in[2], sizeof(uint32_t), large.count, "places")
        && buffer_fits(&in[3], sizeof(int64_t), large.count, "large");
    if (valid && nodes > MOST_NODES) {
        PyErr_SetString(PyExc_ValueError, "idom: too many nodes");
        valid = false;
    }
    if (valid && nodes_valid(large.nodes, large.count, (uint32_t)nodes, "places")) {
        bool enough;
        Py_BEGIN_ALLOW_THREADS
        enough = retained_compute(in[0].buf, (uint32_t)nodes, in[1].buf, &large, &wide);
        Py_END_ALLOW_THREADS
        result = enough ? wide_pair(&wide) : PyErr_NoMemory();
    }
    wide_free(&wide);
    buffers_release(in, 4);
    return result;
}

/* outermost(idom u32 n, kinds u32 n, marks u8 n) */
static PyObject *kernel_outermost(PyObject *module, PyObject *args)
{
    Py_buffer in[3] = {{0}};
    bool valid, enough = false;
    if (!PyArg_ParseTuple(args, "y*y*w*", &in[0], &in[1], &in[2])) {
        return NULL;
    }
    size_t nodes = buffer_count(&in[0], sizeof(uint32_t));
    valid = buffer_fits(&in[0], sizeof(uint32_t), nodes, "idom")
        && buffer_fits(&in[1], sizeof(uint32_t), nodes, "kinds") && buffer_fits(&in[2], 1, nodes, "marks");
    if (valid && nodes >= NO_NODE - 2) {
        PyErr_SetString(PyExc_ValueError, "idom: too many nodes");
        valid = false;
    }
    if (valid) {
        Py_BEGIN_ALLOW_THREADS
        enough = outermost_mark(in[0].buf, in[1].buf, (uint32_t)nodes, in[2].buf);
        Py_END_ALLOW_THREADS
    }
    buffers_release(in, 3);
    return finish(valid, enough);
}

static bool starts_take(Starts *starts, const Py_buffer *nodes, const Py_buffer *costs, uint32_t limit)
{
    *starts = (Starts){nodes->buf, costs->buf, buffer_count(nodes, sizeof(uint32_t))};
    if (!buffer_aligned(nodes, sizeof(uint32_t), "starts")
        || !buffer_fits(costs, sizeof(int64_t), starts->count, "start_costs")
        || !nodes_valid(starts->nodes, starts->count, limit, "starts")) {
        return false;
    }
    for (size_t i = 0; i < starts->count; i++) {
        if (starts->costs[i] < (i > 0 ? starts->costs[i - 1] : 0) || starts->costs[i] > INT64_MAX / 2) {
            PyErr_SetString(PyExc_ValueError, "start_costs: not ascending from 0 on");
            return false;
        }
    }
    return true;
}

/* paths(first, targets, labels, costs u8 m, starts u32, start_costs i64, distance i32 n, edge i32 n, parent i32 n) */
static PyObject *kernel_paths(PyObject *module, PyObject *args)
{
    Py_buffer in[9] = {{0}};
    Rows rows;
    Starts starts;
    bool valid, enough = false;
    if (!PyArg_ParseTuple(args, "y*y*y*y*y*y*w*w*w*", &in[0], &in[1], &in[2], &in[3], &in[4], &in[5], &in[6], &in[7],
            &in[8])) {
        return NULL;
    }
    valid = rows_take(&rows, &in[0], &in[1], &in[2]) && buffer_fits(&in[3], 1, rows.edges, "costs")
        && starts_take(&starts, &in[4], &in[5], rows.nodes)
        && buffer_fits(&in[6], sizeof(int32_t), rows.nodes, "distance")
        && buffer_fits(&in[7], sizeof(int32_t), rows.nodes, "edge")
        && buffer_fits(&in[8], sizeof(int32_t), rows.nodes, "parent");
    if (valid) {
        Paths paths = {in[6].buf, in[7].buf, in[8].buf};
        Py_BEGIN_ALLOW_THREADS
        enough = paths_compute(&rows, in[3].buf, starts, &paths);
        Py_END_ALLOW_THREADS
    }
    buffers_release(in, 9);
    return finish(valid, enough);
}

/* reach(first, targets, labels, starts u32, marks u8 n) */
static PyObject *kernel_reach(PyObject *module, PyObject *args)
{
    Py_buffer in[5] = {{0}};
    Rows rows;
    bool valid, enough = false;
    if (!PyArg_ParseTuple(args, "y*y*y*y*w*", &in[0], &in[1], &in[2], &in[3], &in[4])) {
        return NULL;
    }
    size_t count = buffer_count(&in[3], sizeof(uint32_t));
    valid = rows_take(&rows, &in[0], &in[1], &in[2]) && buffer_aligned(&in[3], sizeof(uint32_t), "starts")
        && nodes_valid(in[3].buf, count, rows.nodes, "starts") && buffer_fits(&in[4], 1, rows.nodes, "marks");
    if (valid) {
        Py_BEGIN_ALLOW_THREADS
        enough = reach_compute(&rows, in[3].buf, count, in[4].buf);
        Py_END_ALLOW_THREADS
    }
    buffers_release(in, 5);
    return finish(valid, enough);
}

static bool matches_valid(const int32_t *matched, size_t count, uint32_t limit)
{
    bool valid = true;
    for (size_t i = 0; i < count; i++) {
        valid &= matched[i] >= -1 && matched[i] < (int32_t)limit;
    }
    if (!valid) {
        PyErr_SetString(PyExc_ValueError, "matched: neither a node nor -1");
    }
    return valid;
}

/* match(addresses u64 n, before u64 k, matched i32 n) */
static PyObject *kernel_match(PyObject *module, PyObject *args)
{
    Py_buffer in[3] = {{0}};
    if (!PyArg_ParseTuple(args, "y*y*w*", &in[0], &in[1], &in[2])) {
        return NULL;
    }
    size_t count = buffer_count(&in[0], sizeof(uint64_t)), before = buffer_count(&in[1], sizeof(uint64_t));
    bool valid = buffer_fits(&in[0], sizeof(uint64_t), count, "addresses")
        && buffer_fits(&in[1], sizeof(uint64_t), before, "before")
        && buffer_fits(&in[2], sizeof(int32_t), count, "matched");
    if (valid && before > MOST_NODES) {
        PyErr_SetString(PyExc_ValueError, "before: too many nodes");
        valid = false;
    }
    if (valid) {
        Py_BEGIN_ALLOW_THREADS
        recurring_match(in[0].buf, count, in[1].buf, before, in[2].buf);
        Py_END_ALLOW_THREADS
    }
    buffers_release(in, 3);
    return finish(valid, true);
}

/* prove(first, targets, labels, first_before, targets_before, labels_before, kinds u8 n, starts u32, matched i32 n) */
static PyObject *kernel_prove(PyObject *module, PyObject *args)
{
    Py_buffer in[9] = {{0}};
    Rows before, after;
    bool enough = false;
    if (!PyArg_ParseTuple(args, "y*y*y*y*y*y*y*y*w*", &in[0], &in[1], &in[2], &in[3], &in[4], &in[5], &in[6], &in[7],
            &in[8])) {
        return NULL;
    }
    size_t starts = buffer_count(&in[7], sizeof(uint32_t));
    bool valid = rows_take(&after, &in[0], &in[1], &in[2]) && rows_take(&before, &in[3], &in[4], &in[5])
        && buffer_fits(&in[6], 1, after.nodes, "kinds") && buffer_aligned(&in[7], sizeof(uint32_t), "starts")
        && nodes_valid(in[7].buf, starts, after.nodes, "starts")
        && buffer_fits(&in[8], sizeof(int32_t), after.nodes, "matched")
        && matches_valid(in[8].buf, after.nodes, before.nodes);
    if (valid) {
        Py_BEGIN_ALLOW_THREADS
        enough = recurring_prove(&before, &after, in[6].buf, in[7].buf, starts, in[8].buf);
        Py_END_ALLOW_THREADS
    }
    buffers_release(in, 9);
    return finish(valid, enough);
}

/* The references found, as bytes of u32. */
static PyObject *finish_found(Found *found, bool valid, bool enough)
{
    PyObject *result = NULL;
    if (valid && enough) {
        result = PyBytes_FromStringAndSize(
            (const char *)found->items, (Py_ssize_t)(found->count * sizeof *found->items));
    } else if (valid) {
        PyErr_NoMemory();
    }
    free(found->items);
    return result;
}

/* seek(first, targets, labels, marks u8 n) -> bytes of u32 */
static PyObject *kernel_seek(PyObject *module, PyObject *args)
{
    Py_buffer in[4] = {{0}};
    Found found = {0};
    Rows rows;
    bool enough = false;
    if (!PyArg_ParseTuple(args, "y*y*y*y*", &in[0], &in[1], &in[2], &in[3])) {
        return NULL;
    }
    bool valid = rows_take(&rows, &in[0], &in[1], &in[2]) && buffer_fits(&in[3], 1, rows.nodes, "marks");
    if (valid) {
        Py_BEGIN_ALLOW_THREADS
        enough = seek_targets(&rows, in[3].buf, &found);
        Py_END_ALLOW_THREADS
    }
    buffers_release(in, 4);
    return finish_found(&found, valid, enough);
}

/* ties(first, targets, labels, costs u8 m, distance i32 n, edge i32 n, most) -> bytes of u32 */
static PyObject *kernel_ties(PyObject *module, PyObject *args)
{
    Py_buffer in[6] = {{0}};
    Found found = {0};
    Rows rows;
    unsigned most;
    bool enough = false;
    if (!PyArg_ParseTuple(args, "y*y*y*y*y*y*I", &in[0], &in[1], &in[2], &in[3], &in[4], &in[5], &most)) {
        return NULL;
    }
    bool valid = rows_take(&rows, &in[0], &in[1], &in[2]) && buffer_fits(&in[3], 1, rows.edges, "costs")
        && buffer_fits(&in[4], sizeof(int32_t), rows.nodes, "distance")
        && buffer_fits(&in[5], sizeof(int32_t), rows.nodes, "edge");
    if (valid) {
        Py_BEGIN_ALLOW_THREADS
        enough = seek_ties(&rows, in[3].buf, in[4].buf, in[5].buf, most, &found);
        Py_END_ALLOW_THREADS
    }
    buffers_release(in, 6);
    return finish_found(&found, valid, enough);
}

/* price(first, targets, labels, by_kind u8 16, by_name u8, extra u8 n, most, costs u8 m) */
static PyObject *kernel_price(PyObject *module, PyObject *args)
{
    Py_buffer in[7] = {{0}};
    Rows rows;
    unsigned char most;
    if (!PyArg_ParseTuple(
            args, "y*y*y*y*y*y*bw*", &in[0], &in[1], &in[2], &in[3], &in[4], &in[5], &most, &in[6])) {
        return NULL;
    }
    bool valid = rows_take(&rows, &in[0], &in[1], &in[2]) && buffer_fits(&in[3], 1, 16, "by_kind")
        && buffer_fits(&in[5], 1, rows.nodes, "extra") && buffer_fits(&in[6], 1, rows.edges, "costs");
    if (valid) {
        Py_BEGIN_ALLOW_THREADS
        price_edges(&rows, in[3].buf, in[4].buf, (size_t)in[4].len, in[5].buf, most, in[6].buf);
        Py_END_ALLOW_THREADS
    }
    buffers_release(in, 7);
    return finish(valid, true);
}

/* below(labels u32 m, limits u32 16) -> whether all are */
static PyObject *kernel_below(PyObject *module, PyObject *args)
{
    Py_buffer in[2] = {{0}};
    if (!PyArg_ParseTuple(args, "y*y*", &in[0], &in[1])) {
        return NULL;
    }
    bool below = false;
    bool valid = buffer_aligned(&in[0], sizeof(uint32_t), "labels") && buffer_fits(&in[1], sizeof(uint32_t), 16, "limits");
    if (valid) {
        Py_BEGIN_ALLOW_THREADS
        below = labels_are_below(in[0].buf, buffer_count(&in[0], sizeof(uint32_t)), in[1].buf);
        Py_END_ALLOW_THREADS
    }
    buffers_release(in, 2);
    return valid ? PyBool_FromLong(below) : NULL;
}

static PyMethodDef functions[] = {
    {"referrers", kernel_referrers, METH_VARARGS, NULL},
    {"dominators", kernel_dominators, METH_VARARGS, NULL},
    {"retained", kernel_retained, METH_VARARGS, NULL},
    {"outermost", kernel_outermost, METH_VARARGS, NULL},
    {"paths", kernel_paths, METH_VARARGS, NULL},
    {"reach", kernel_reach, METH_VARARGS, NULL},
    {"match", kernel_match, METH_VARARGS, NULL},
    {"prove", kernel_prove, METH_VARARGS, NULL},
    {"seek", kernel_seek, METH_VARARGS, NULL},
    {"ties", kernel_ties, METH_VARARGS, NULL},
    {"price", kernel_price, METH_VARARGS, NULL},
    {"below", kernel_below, METH_VARARGS, NULL},
    {"dominated", kernel_dominated, METH_VARARGS, NULL},
    {"alike", kernel_alike, METH_VARARGS, NULL},
    {NULL, NULL, 0, NULL},
};

static int module_exec(PyObject *module)
{
    PyObject *type = decoder_type();
    int result = type == NULL ? -1 : PyModule_AddObjectRef(module, "Decoder", type);
    Py_XDECREF(type);
    return result;
}

static PyModuleDef_Slot module_slots[] = {{Py_mod_exec, module_exec}, {0, NULL}};

static struct PyModuleDef definition = {
    PyModuleDef_HEAD_INIT,
    .m_name = "heapdiff.graph._kernels",
    .m_doc = "The graph's kernels in C.",
    .m_size = 0,
    .m_methods = functions,
    .m_slots = module_slots,
};

PyMODINIT_FUNC PyInit__kernels(void)
{
    return PyModuleDef_Init(&definition);
}
