#include "control/forks.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "control/door.h"
#include "control/watcher.h"
#include "platform/clock.h"

static PyObject *follower; /* of the main interpreter; NULL: none */
static pid_t stepped_aside; /* the process whose threads are to come back */
static bool watcher_aside, door_aside;

static bool settle(void)
{
    if (interpreter_is_ending()) {
        return false;
    }
    PyGILState_STATE state = hold_gil();
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

PyObject *forks_measure(PyObject *module, PyObject *ignored)
{
    uint64_t start = monotonic_ns();
#ifdef SYS_fork
    pid_t child = (pid_t)syscall(SYS_fork);
#else
    pid_t child = (pid_t)syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0);
#endif
    if (child == 0) {
        syscall(SYS_exit_group, 0);
    }
    uint64_t pause = monotonic_ns() - start;
    if (child < 0) {
        return PyErr_SetFromErrno(PyExc_OSError);
    }
    Py_BEGIN_ALLOW_THREADS
    while (waitpid(child, NULL, 0) < 0 && errno == EINTR) {
    }
    Py_END_ALLOW_THREADS
    return PyFloat_FromDouble((double)pause / 1e9);
}

static void close_all_but(int kept)
{
    int null = open("/dev/null", O_RDWR | O_CLOEXEC);
    for (int standard = 0; standard < 3; standard++) {
        if (null < 0 || dup2(null, standard) < 0) {
            close(standard);
        }
    }
    if (syscall(SYS_close_range, 3u, (unsigned)kept - 1, 0) != 0 || syscall(SYS_close_range, (unsigned)kept + 1, ~0u, 0) != 0) {
        struct rlimit most;
        int end = getrlimit(RLIMIT_NOFILE, &most) == 0 && most.rlim_cur < 1 << 20 ? (int)most.rlim_cur : 1 << 20;
        for (int descriptor = 3; descriptor < end; descriptor++) {
            if (descriptor != kept) {
                close(descriptor);
            }
        }
    }
}

/* Before the interpreter is put in order, which drops what other threads held for themselves: a connection that says farewell
   must find its socket closed. Signals stay blocked. */
static void become_apart(pid_t parent, int kept)
{
    struct rlimit no_core = {0, 0};
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent) {
        _exit(0);
    }
    prctl(PR_SET_NAME, "heapdiff-apart");
    setrlimit(RLIMIT_CORE, &no_core);
    setsid();
    close_all_but(kept);
}

/* With the GIL and the import lock held throughout, so that nobody misses the hooks meanwhile. libc's fork, not a bare one: the
   child goes on in Python, and its malloc must not wait for a thread that it doesn't have. */
PyObject *forks_apart(PyObject *module, PyObject *args)
{
    int kept;
    sigset_t all, before;
    if (!PyArg_ParseTuple(args, "i", &kept)) {
        return NULL;
    }
    if (kept < 3 || PyInterpreterState_Get() != PyInterpreterState_Main()) {
        PyErr_SetString(PyExc_ValueError, "forks only the main interpreter, and keeps no standard stream");
        return NULL;
    }
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    ForkHooks hooks = swap_fork_hooks((ForkHooks){NULL, NULL, NULL});
    PyOS_BeforeFork();
    pid_t parent = getpid(), child = fork();
    int error = errno;
    if (child == 0) {
        become_apart(parent, kept);
        PyOS_AfterFork_Child();
    } else {
        PyOS_AfterFork_Parent();
    }
    swap_fork_hooks(hooks);
    if (child != 0) {
        pthread_sigmask(SIG_SETMASK, &before, NULL);
    }
    errno = error;
    return child < 0 ? PyErr_SetFromErrno(PyExc_OSError) : PyLong_FromLong(child);
}
