#include "module_alike.h"

#include "algorithms/alike.h"
#include "arrays/buffers.h"

static PyObject *finish(AlikeResult result, const void *items, size_t bytes)
{
    if (result == ALIKE_DONE) {
        return PyBytes_FromStringAndSize(items, (Py_ssize_t)bytes);
    }
    if (result == ALIKE_FOREIGN) {
        PyErr_SetString(PyExc_ValueError, "a number that is no place in its array");
        return NULL;
    }
    return PyErr_NoMemory();
}

/* dominated(first i32 n + 1, nodes u32, is_space u8 n, members u32) -> bytes of u32 */
PyObject *kernel_dominated(PyObject *module, PyObject *args)
{
    Py_buffer in[4] = {{0}};
    PyObject *result = NULL;
    if (!PyArg_ParseTuple(args, "y*y*y*y*", &in[0], &in[1], &in[2], &in[3])) {
        return NULL;
    }
    Dominated tree = {in[0].buf, in[1].buf, (size_t)in[2].len, buffer_count(&in[1], sizeof(uint32_t))};
    if (buffer_fits(&in[0], sizeof(int32_t), tree.count + 1, "first") && buffer_aligned(&in[1], sizeof(uint32_t), "nodes")
        && buffer_aligned(&in[3], sizeof(uint32_t), "members")) {
        Found found = {0};
        AlikeResult done;
        Py_BEGIN_ALLOW_THREADS
        done = alike_below(&tree, in[2].buf, in[3].buf, buffer_count(&in[3], sizeof(uint32_t)), &found);
        Py_END_ALLOW_THREADS
        result = finish(done, found.items, found.count * sizeof *found.items);
        free(found.items);
    }
    buffers_release(in, 4);
    return result;
}

/* Of three buffers; the second and the third are empty where no number is wide. */
static bool column_take(Column *column, const Py_buffer *buffers, uint32_t nodes, const char *name)
{
    size_t item = nodes > 0 ? (size_t)buffers->len / nodes : 1;
    size_t wide = buffer_count(&buffers[1], sizeof(uint32_t));
    *column = (Column){buffers->buf, item, {.nodes = buffers[1].buf, .numbers = buffers[2].buf, .count = wide}};
    if (item != 1 && item != 2 && item != 4) {
        PyErr_Format(PyExc_ValueError, "%s: neither 1, 2 nor 4 bytes for each node", name);
        return false;
    }
    return buffer_fits(buffers, item, nodes, name) && buffer_aligned(&buffers[1], sizeof(uint32_t), name)
        && buffer_fits(&buffers[2], sizeof(int64_t), wide, name);
}

enum { OF_RETAINED = 6, OF_SIZES = 9, OF_NODES = 12, OF_GROUPED = 13, BUFFERS = 14 };

static bool reached_take(Reached *reached, const Py_buffer *in)
{
    size_t nodes = buffer_count(&in[4], sizeof(uint32_t));
    if (nodes > MOST_NODES) {
        PyErr_SetString(PyExc_ValueError, "idom: too many nodes");
        return false;
    }
    const Py_buffer types[3] = {in[0], {0}, {0}};
    *reached = (Reached){.parent = in[1].buf, .via = in[2].buf, .labels = in[3].buf, .idom = in[4].buf, .is_space = in[5].buf,
        .nodes = (uint32_t)nodes, .edges = buffer_count(&in[3], sizeof(uint32_t))};
    return column_take(&reached->types, types, reached->nodes, "types")
        && buffer_fits(&in[1], sizeof(int32_t), nodes, "parent") && buffer_fits(&in[2], sizeof(int32_t), nodes, "via")
        && buffer_aligned(&in[3], sizeof(uint32_t), "labels") && buffer_fits(&in[4], sizeof(uint32_t), nodes, "idom")
        && buffer_fits(&in[5], 1, nodes, "is_space")
        && column_take(&reached->retained, &in[OF_RETAINED], reached->nodes, "retained")
        && column_take(&reached->sizes, &in[OF_SIZES], reached->nodes, "sizes");
}

/* alike(types u16 or u32 n, parent i32 n, via i32 n, labels u32 m, idom u32 n, is_space u8 n, retained and sizes, each as a
   narrow column n, places u32 and wide i64, nodes u32 k, grouped u32 k, nested) -> bytes of i64, seven for each group */
PyObject *kernel_alike(PyObject *module, PyObject *args)
{
    Py_buffer in[BUFFERS] = {{0}};
    PyObject *result = NULL;
    Reached reached;
    int nested;
    if (!PyArg_ParseTuple(args, "y*y*y*y*y*y*y*y*y*y*y*y*y*w*p", &in[0], &in[1], &in[2], &in[3], &in[4], &in[5], &in[6],
            &in[7], &in[8], &in[9], &in[10], &in[11], &in[12], &in[13], &nested)) {
        return NULL;
    }
    size_t count = buffer_count(&in[OF_NODES], sizeof(uint32_t));
    if (reached_take(&reached, in) && buffer_aligned(&in[OF_NODES], sizeof(uint32_t), "nodes")
        && buffer_fits(&in[OF_GROUPED], sizeof(uint32_t), count, "grouped")) {
        Groups groups = {0};
        AlikeResult done;
        Py_BEGIN_ALLOW_THREADS
        done = alike_group(&reached, in[OF_NODES].buf, count, nested, &groups, in[OF_GROUPED].buf);
        Py_END_ALLOW_THREADS
        result = finish(done, groups.items, groups.count * sizeof *groups.items);
        free(groups.items);
    }
    buffers_release(in, BUFFERS);
    return result;
}
