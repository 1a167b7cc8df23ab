#include "cpython/internals.h"

#include "sampling/methods.h"

#include <string.h>

#include "platform/clock.h"
#include "platform/memory.h"
#include "sampling/call_stacks.h"
#include "sampling/hook.h"
#include "sampling/sampler.h"
#include "sampling/samples.h"

PyObject *sampling_sample(PyObject *module, PyObject *args)
{
    unsigned long long interval, seconds;
    if (!PyArg_ParseTuple(args, "KK", &interval, &seconds)) {
        return NULL;
    }
    if (interval < 1 || interval > SAMPLING_INTERVAL_MOST || seconds > SAMPLING_SECONDS_MOST) {
        PyErr_SetString(PyExc_ValueError, "the interval or the time is out of range");
        return NULL;
    }
    const char *refusal = sampling_start(interval, seconds);
    return refusal == NULL ? Py_NewRef(Py_None) : PyUnicode_FromString(refusal);
}

static PyObject *unsample(PyObject *module, PyObject *ignored)
{
    sampling_stop();
    Py_RETURN_NONE;
}

static PyObject *tick(PyObject *module, PyObject *ignored)
{
    sampling_tick();
    Py_RETURN_NONE;
}

static PyObject *is_hooked(PyObject *module, PyObject *ignored)
{
    return PyBool_FromLong(hook_is_in());
}

static PyObject *describe(PyObject *module, PyObject *ignored)
{
    SamplingState now = sampling_state();
    return Py_BuildValue("{sN,sK,sK,sK,sK,sI}", "on", PyBool_FromLong(now.on), "interval",
                         (unsigned long long)now.interval, "seconds_left", (unsigned long long)now.seconds_left, "taken",
                         (unsigned long long)now.taken, "lost", (unsigned long long)now.lost, "live", now.live);
}

/* Allocations made here may add samples and free some, so it reads a copy; what they refer to is kept by its own use. */
static PyObject *describe_stack(uint32_t node)
{
    PyObject *frames = PyList_New(0);
    while (frames != NULL && stack_node(node) != NULL) {
        const StackNode *at = stack_node(node);
        PyObject *frame = Py_BuildValue("OOi", at->code->co_filename, at->code->co_qualname,
                                        PyCode_Addr2Line(at->code, at->offset));
        if (frame == NULL || PyList_Append(frames, frame) < 0) {
            Py_CLEAR(frames);
        }
        Py_XDECREF(frame);
        node = at->caller;
    }
    return frames;
}

static PyObject *list_samples(PyObject *module, PyObject *ignored)
{
    PyObject *rows = PyList_New(0); /* may be sampled itself */
    if (rows == NULL) {
        return NULL;
    }
    uint32_t count = 0, most = samples_count();
    Sample *copies = memory_map((most + 1) * sizeof *copies);
    if (copies == NULL) {
        Py_DECREF(rows);
        return PyErr_NoMemory();
    }
    for (uint32_t at = 0; at < SAMPLE_ROWS && count < most; at++) {
        if (samples_at(at) != NULL) {
            copies[count++] = *samples_at(at);
        }
    }
    for (uint32_t at = 0; rows != NULL && at < count; at++) {
        PyObject *row = Py_BuildValue("KKN", (unsigned long long)copies[at].address, (unsigned long long)copies[at].bytes,
                                      describe_stack(copies[at].stack));
        if (row == NULL || PyList_Append(rows, row) < 0) {
            Py_CLEAR(rows);
        }
        Py_XDECREF(row);
    }
    memory_unmap(copies, (most + 1) * sizeof *copies);
    return rows;
}

PyMethodDef sampling_methods[] = {
    {"unsample", unsample, METH_NOARGS, NULL},
    {"sampling", describe, METH_NOARGS, NULL},
    {"_sampling_tick", tick, METH_NOARGS, NULL},
    {"_is_hooked", is_hooked, METH_NOARGS, NULL},
    {"_samples", list_samples, METH_NOARGS, NULL},
    {NULL, NULL, 0, NULL},
};
