#include "arrays/buffers.h"

bool buffer_aligned(const Py_buffer *buffer, size_t item, const char *name)
{
    if ((size_t)buffer->len % item != 0 || (uintptr_t)buffer->buf % item != 0) {
        PyErr_Format(PyExc_ValueError, "%s: not an array of items of %zu bytes", name, item);
        return false;
    }
    return true;
}

bool buffer_fits(const Py_buffer *buffer, size_t item, size_t count, const char *name)
{
    if (!buffer_aligned(buffer, item, name)) {
        return false;
    }
    if (buffer_count(buffer, item) != count) {
        PyErr_Format(PyExc_ValueError, "%s: %zu items instead of %zu", name, buffer_count(buffer, item), count);
        return false;
    }
    return true;
}

void buffers_release(Py_buffer *buffers, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        PyBuffer_Release(&buffers[i]);
    }
}

PyObject *wide_pair(const Wide *wide)
{
    Py_ssize_t count = (Py_ssize_t)wide->count;
    PyObject *nodes = PyBytes_FromStringAndSize((const char *)wide->nodes, count * (Py_ssize_t)sizeof *wide->nodes);
    PyObject *numbers = PyBytes_FromStringAndSize((const char *)wide->numbers, count * (Py_ssize_t)sizeof *wide->numbers);
    PyObject *pair = nodes == NULL || numbers == NULL ? NULL : PyTuple_Pack(2, nodes, numbers);
    Py_XDECREF(nodes);
    Py_XDECREF(numbers);
    return pair;
}
