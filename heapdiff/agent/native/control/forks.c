#include "control/forks.h"

#include <stdbool.h>
#include <unistd.h>

#include "control/door.h"
#include "control/watcher.h"

static PyObject *follower; /* of the main interpreter; NULL: none */
static pid_t stepped_aside; /* the process whose threads are to come back */
static bool watcher_aside, door_aside;

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

/* Where Python has threads of its own, the warning is due anyway. */
static bool has_one_thread(void)
{
    PyThreadState *first = PyInterpreterState_ThreadHead(PyInterpreterState_Main());
    return first != NULL && PyThreadState_Next(first) == NULL;
}

static PyObject *before(PyObject *module, PyObject *ignored)
{
    if (stepped_aside != getpid() && has_one_thread()) {
        watcher_ask_aside();
        door_ask_aside();
        watcher_aside = watcher_is_aside();
        door_aside = door_is_aside();
        stepped_aside = getpid();
    }
    Py_RETURN_NONE;
}

static int come_back(void *unused)
{
    if (stepped_aside == getpid()) {
        if (watcher_aside) {
            watcher_come_back();
        }
        if (door_aside) {
            door_come_back();
        }
    }
    stepped_aside = 0;
    return 0;
}

/* 3.13 counts the threads after this: they come back once the fork's caller goes on. */
static PyObject *after_in_parent(PyObject *module, PyObject *ignored)
{
    if (stepped_aside == getpid() && Py_AddPendingCall(come_back, NULL) != 0) {
        come_back(NULL);
    }
    Py_RETURN_NONE;
}

/* Functions in C: each page that Python code touches in a child is a copied one. */
static PyMethodDef hooks[] = {
    {"after_in_child", after_in_child, METH_NOARGS, NULL},
    {"before", before, METH_NOARGS, NULL},
    {"after_in_parent", after_in_parent, METH_NOARGS, NULL},
};
enum { HOOKS = PY_VERSION_HEX >= 0x030C0000 ? 3 : 1 };

static int add_hook(PyObject *named, PyMethodDef *hook)
{
    PyObject *function = PyCFunction_New(hook, NULL);
    int result = function == NULL ? -1 : PyDict_SetItemString(named, hook->ml_name, function);
    Py_XDECREF(function);
    return result;
}

static int register_hooks(void)
{
    static bool registered;
    if (registered) {
        return 0;
    }
    PyObject *os = PyImport_ImportModule("os"), *none = PyTuple_New(0), *named = PyDict_New(), *done = NULL;
    PyObject *registrar = os == NULL ? NULL : PyObject_GetAttrString(os, "register_at_fork");
    bool complete = registrar != NULL && none != NULL && named != NULL;
    for (int at = 0; complete && at < HOOKS; at++) {
        complete = add_hook(named, &hooks[at]) == 0;
    }
    if (complete) {
        done = PyObject_Call(registrar, none, named);
    }
    registered = done != NULL;
    Py_XDECREF(done);
    Py_XDECREF(registrar);
    Py_XDECREF(named);
    Py_XDECREF(none);
    Py_XDECREF(os);
    return registered ? 0 : -1;
}

int forks_follow(PyObject *settle_child)
{
    stepped_aside = settle_child == NULL ? 0 : stepped_aside;
    Py_XSETREF(follower, Py_XNewRef(settle_child));
    return settle_child == NULL ? 0 : register_hooks();
}
