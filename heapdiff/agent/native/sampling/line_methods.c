#include "cpython/internals.h"

#include "sampling/line_methods.h"

#include "sampling/call_stacks.h"
#include "sampling/line_blocks.h"
#include "sampling/lines.h"

static PyObject *answer(const char *refusal)
{
    return refusal == NULL ? Py_NewRef(Py_None) : PyUnicode_FromString(refusal);
}

static PyObject *watch(PyObject *module, PyObject *args)
{
    PyCodeObject *code;
    int first_line;
    unsigned lines;
    if (!PyArg_ParseTuple(args, "O!iI", &PyCode_Type, &code, &first_line, &lines)) {
        return NULL;
    }
    return answer(lines_watch(code, first_line, lines));
}

static PyObject *start(PyObject *module, PyObject *ignored)
{
    return answer(lines_start());
}

static PyObject *stop(PyObject *module, PyObject *ignored)
{
    return PyBool_FromLong(lines_stop());
}

static PyObject *forget(PyObject *module, PyObject *ignored)
{
    lines_forget();
    Py_RETURN_NONE;
}

static PyObject *trace(PyObject *module, PyObject *wanted)
{
    return PyBool_FromLong(lines_trace(wanted == Py_True));
}

static bool is_event(PyObject *const *args, Py_ssize_t count)
{
    if (count == 2 && PyCode_Check(args[0]) && PyLong_Check(args[1])) {
        return true;
    }
    PyErr_SetString(PyExc_TypeError, "expected a code object and a number");
    return false;
}

static PyObject *on_call(PyObject *module, PyObject *const *args, Py_ssize_t count)
{
    if (!is_event(args, count)) {
        return NULL;
    }
    lines_count_call((PyCodeObject *)args[0], args[1]);
    Py_RETURN_NONE;
}

static PyObject *on_line(PyObject *module, PyObject *const *args, Py_ssize_t count)
{
    long line = is_event(args, count) ? PyLong_AsLong(args[1]) : -1;
    if (line == -1 && PyErr_Occurred()) {
        return NULL;
    }
    lines_count_line((PyCodeObject *)args[0], line < 0 || line > INT_MAX ? -1 : (int)line, args[1]);
    Py_RETURN_NONE;
}

/* A caller comes before what it calls. */
static PyObject *describe_stack(uint32_t node)
{
    PyObject *frames = PyList_New(0);
    while (frames != NULL && stack_node(node) != NULL) {
        const StackNode *at = stack_node(node);
        uint32_t caller = at->caller;
        PyObject *frame = Py_BuildValue("Oi", at->code, PyCode_Addr2Line(at->code, at->offset));
        if (frame == NULL || PyList_Append(frames, frame) < 0) {
            Py_CLEAR(frames);
        }
        Py_XDECREF(frame);
        node = caller;
    }
    if (frames != NULL && PyList_Reverse(frames) < 0) {
        Py_CLEAR(frames);
    }
    return frames;
}

static bool append(PyObject *list, PyObject *item)
{
    bool done = item != NULL && PyList_Append(list, item) == 0;
    Py_XDECREF(item);
    return done;
}

static PyObject *list_lines(void)
{
    PyObject *rows = PyList_New(0);
    for (uint32_t node = 1; rows != NULL && node < stacks_end(); node++) {
        LineTotals of = line_blocks_of(node);
        if (of.seen && !append(rows, Py_BuildValue("NKKKK", describe_stack(node), of.allocated, of.allocations,
                                                               of.kept, of.blocks))) {
            Py_CLEAR(rows);
        }
    }
    return rows;
}

static PyObject *describe_runs(const Watched *code)
{
    PyObject *runs = PyList_New(0);
    for (uint32_t at = 0; runs != NULL && at < code->lines; at++) {
        if (!append(runs, PyLong_FromUnsignedLongLong(code->runs[at]))) {
            Py_CLEAR(runs);
        }
    }
    return runs;
}

static PyObject *list_code(void)
{
    PyObject *rows = PyList_New(0);
    for (unsigned place = 0; rows != NULL && place < 2 * WATCHED_MOST; place++) {
        const Watched *at = lines_watched(place);
        if (at->code != NULL
            && !append(rows, Py_BuildValue("OiKN", at->code, at->first_line, at->calls, describe_runs(at)))) {
            Py_CLEAR(rows);
        }
    }
    return rows;
}

static PyObject *read_all(PyObject *module, PyObject *ignored)
{
    unsigned long long lost = line_blocks_lost();
    PyObject *lines = list_lines(), *code = lines == NULL ? NULL : list_code();
    if (code == NULL) {
        Py_XDECREF(lines);
        return NULL;
    }
    return Py_BuildValue("NNK", lines, code, lost);
}

PyMethodDef line_methods[] = {
    {"lines_watch", watch, METH_VARARGS, NULL},
    {"lines_start", start, METH_NOARGS, NULL},
    {"lines_stop", stop, METH_NOARGS, NULL},
    {"lines_read", read_all, METH_NOARGS, NULL},
    {"lines_forget", forget, METH_NOARGS, NULL},
    {"lines_trace", trace, METH_O, NULL},
    {"on_call", (PyCFunction)(void (*)(void))on_call, METH_FASTCALL, NULL},
    {"on_line", (PyCFunction)(void (*)(void))on_line, METH_FASTCALL, NULL},
    {NULL, NULL, 0, NULL},
};
