#include "control/forks.h"

#include <stdbool.h>

#include "control/watcher.h"

static PyObject *follower; /* of the main interpreter; NULL: none */

static bool settle(void)
{
    if (interpreter_is_ending()) {
        return false;
    }
    PyGILState_STATE state = PyGILState_Ensure();
    PyObject *asked = Py_XNewRef(follower);
    PyObject *answer = asked == NULL ? NULL : PyObject_CallNoArgs(asked);
    PyErr_Clear();
    Py_XDECREF(answer);
    Py_XDECREF(asked);
    bool stays = !watcher_give_up_early();
    PyGILState_Release(state);
    return stays;
}

static PyObject *after_in_child(PyObject *module, PyObject *ignored)
{
    if (follower != NULL) {
        watcher_start_later(settle);
    }
    Py_RETURN_NONE;
}

static PyMethodDef hook = {"after_in_child", after_in_child, METH_NOARGS, NULL};

/* Functions in C: each page that Python code touches in a child is a copied one. */
static int register_hook(void)
{
    static bool registered;
    if (registered) {
        return 0;
    }
    PyObject *os = PyImport_ImportModule("os"), *none = PyTuple_New(0), *named = PyDict_New(), *done = NULL;
    PyObject *function = PyCFunction_New(&hook, NULL);
    PyObject *registrar = os == NULL ? NULL : PyObject_GetAttrString(os, "register_at_fork");
    if (registrar != NULL && none != NULL && named != NULL && function != NULL
        && PyDict_SetItemString(named, hook.ml_name, function) == 0) {
        done = PyObject_Call(registrar, none, named);
    }
    registered = done != NULL;
    Py_XDECREF(done);
    Py_XDECREF(registrar);
    Py_XDECREF(function);
    Py_XDECREF(named);
    Py_XDECREF(none);
    Py_XDECREF(os);
    return registered ? 0 : -1;
}

int forks_follow(PyObject *settle_child)
{
    Py_XSETREF(follower, Py_XNewRef(settle_child));
    return settle_child == NULL ? 0 : register_hook();
}
