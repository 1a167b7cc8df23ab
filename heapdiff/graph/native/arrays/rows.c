#include "arrays/rows.h"

bool nodes_valid(const uint32_t *nodes, size_t count, uint32_t limit, const char *name)
{
    uint32_t highest = 0;
    for (size_t i = 0; i < count; i++) {
        highest = nodes[i] > highest ? nodes[i] : highest;
    }
    if (count > 0 && highest >= limit) {
        PyErr_Format(PyExc_ValueError, "%s: %lu is not a node", name, (unsigned long)highest);
        return false;
    }
    return true;
}

static bool is_ascending(const int32_t *first, size_t nodes, size_t edges)
{
    bool ascending = first[0] == 0 && (uint64_t)first[nodes] == edges;
    for (size_t i = 0; i < nodes; i++) {
        ascending &= first[i] <= first[i + 1];
    }
    return ascending;
}

static bool take_plain(Rows *rows, const Py_buffer *first, const Py_buffer *targets)
{
    if (!buffer_aligned(first, sizeof *rows->first, "first") || !buffer_aligned(targets, sizeof(uint32_t), "targets")) {
        return false;
    }
    size_t count = buffer_count(first, sizeof *rows->first);
    size_t edges = buffer_count(targets, sizeof(uint32_t));
    if (count == 0 || count - 1 > MOST_NODES || edges > INT32_MAX || !is_ascending(first->buf, count - 1, edges)) {
        PyErr_SetString(PyExc_ValueError, "first: not the beginnings of rows");
        return false;
    }
    *rows = (Rows){first->buf, targets->buf, NULL, (uint32_t)(count - 1), edges};
    return nodes_valid(rows->targets, edges, rows->nodes, "targets");
}

bool rows_take(Rows *rows, const Py_buffer *first, const Py_buffer *targets, const Py_buffer *labels)
{
    if (!take_plain(rows, first, targets) || !buffer_fits(labels, sizeof(uint32_t), rows->edges, "labels")) {
        return false;
    }
    rows->labels = labels->buf;
    return true;
}
