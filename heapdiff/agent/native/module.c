/* heapdiff.agent._native: the agent's face to Python. `_native.pyi` documents it. */

#include "cpython/internals.h"

#include <errno.h>
#include <string.h>

#include "capacity/history.h"
#include "capacity/malloc_use.h"
#include "capture/calls.h"
#include "capture/selfcheck.h"
#include "content/whitelist.h"
#include "control/door.h"
#include "control/ending.h"
#include "control/forks.h"
#include "control/handler.h"
#include "control/status.h"
#include "control/wake.h"
#include "control/watcher.h"
#include "cpython/layout.h"
#include "cpython/pending.h"
#include "cpython/tracing.h"
#include "directory/parents.h"
#include "platform/message.h"
#include "sampling/line_methods.h"
#include "sampling/methods.h"
#include "sampling/sampler.h"
#include "types/owners.h"
#include "types/places.h"
#include "types/types.h"
#include "write/crc32.h"

static bool copy_text(char *to, size_t room, const char *from, const char *what)
{
    size_t bytes = strlen(from);
    if (bytes >= room) {
        PyErr_Format(PyExc_ValueError, "%s is longer than %zu bytes", what, room - 1);
        return false;
    }
    memcpy(to, from, bytes + 1);
    return true;
}

static PyObject *configure(PyObject *module, PyObject *args, PyObject *named)
{
    static char *names[] = {"directory", "keep", "deadline_s", "version", "server", "argv_json", "started_at", "host",
                            "identity", "hashes", "deployment", NULL};
    const char *directory, *version, *server, *argv_json, *started_at, *host, *identity;
    const char *release = "", *service = "", *environment = "", *pod = "";
    static CaptureSettings settings;
    int keep, hashes = 1;
    double deadline;
    if (!PyArg_ParseTupleAndKeywords(args, named, "sidssssss|p(ssss)", names, &directory, &keep, &deadline, &version,
                                     &server, &argv_json, &started_at, &host, &identity, &hashes, &release, &service,
                                     &environment, &pod)) {
        return NULL;
    }
    if (keep < 0 || deadline < 1 || deadline > 86400) {
        PyErr_SetString(PyExc_ValueError, "keep must not be negative, deadline_s must lie between 1 and 86400");
        return NULL;
    }
    memset(&settings, 0, sizeof settings);
    if (!copy_text(settings.directory, sizeof settings.directory, directory, "directory")
        || !copy_text(settings.version, sizeof settings.version, version, "version")
        || !copy_text(settings.server, sizeof settings.server, server, "server")
        || !copy_text(settings.started_at, sizeof settings.started_at, started_at, "started_at")
        || !copy_text(settings.host, sizeof settings.host, host, "host")
        || !copy_text(settings.identity, sizeof settings.identity, identity, "identity")
        || !copy_text(settings.deployment.release, DEPLOYMENT_MOST, release, "release")
        || !copy_text(settings.deployment.service, DEPLOYMENT_MOST, service, "service")
        || !copy_text(settings.deployment.environment, DEPLOYMENT_MOST, environment, "environment")
        || !copy_text(settings.deployment.pod, DEPLOYMENT_MOST, pod, "pod")) {
        return NULL;
    }
    settings.keep = (unsigned)keep;
    settings.hashes = hashes != 0;
    settings.deadline_s = (unsigned)deadline;
    settings.argv_json = strdup(argv_json);
    if (settings.argv_json == NULL) {
        return PyErr_NoMemory();
    }
    watcher_configure(&settings);
    Py_RETURN_NONE;
}

static PyObject *automate(PyObject *module, PyObject *args, PyObject *named)
{
    static char *names[] = {"rss_bytes", "rss_percent", "every_s", "every_requests", "exit_s", "interval_s", NULL};
    unsigned long long rss_bytes, every_requests;
    TriggerRules rules;
    memset(&rules, 0, sizeof rules);
    if (!PyArg_ParseTupleAndKeywords(args, named, "KIIKII", names, &rss_bytes, &rules.rss_percent, &rules.every_s,
                                     &every_requests, &rules.exit_s, &rules.interval_s)) {
        return NULL;
    }
    rules.rss_bytes = rss_bytes;
    rules.every_requests = every_requests;
    watcher_automate(&rules);
    Py_RETURN_NONE;
}

static bool read_memory_need(PyObject *given, MemoryNeed *need)
{
    return PyArg_ParseTuple(given, "dddddd", &need->bytes, &need->rss, &need->tables, &need->copies, &need->rss_together,
                            &need->copies_together);
}

static bool read_needs(PyObject *given, CaptureNeeds *needs)
{
    PyObject *graph, *summary, *tracked, *reserve;
    DiskNeed *disk = &needs->disk;
    return PyArg_ParseTuple(given, "O!O!O!O!d(ddddd)", &PyTuple_Type, &graph, &PyTuple_Type, &summary, &PyTuple_Type,
                            &tracked, &PyTuple_Type, &reserve, &needs->copies_least, &disk->first_share, &disk->margin,
                            &disk->summary_bytes, &disk->reserve_share, &disk->reserve_most)
        && read_memory_need(graph, &needs->graph) && read_memory_need(summary, &needs->summary)
        && read_memory_need(tracked, &needs->tracked) && read_memory_need(reserve, &needs->reserve);
}

static PyObject *bound(PyObject *module, PyObject *args)
{
    unsigned long long max_bytes;
    PyObject *given;
    CaptureNeeds needs = {0};
    if (!PyArg_ParseTuple(args, "KO", &max_bytes, &given) || (given != Py_None && !read_needs(given, &needs))) {
        return NULL;
    }
    CaptureBounds bounds = {max_bytes, given != Py_None, needs};
    watcher_bound(&bounds);
    Py_RETURN_NONE;
}

static PyObject *before_exit(PyObject *module, PyObject *ignored)
{
    Py_BEGIN_ALLOW_THREADS
    ending_wait();
    Py_END_ALLOW_THREADS
    Py_RETURN_NONE;
}

static PyObject *start(PyObject *module, PyObject *ignored)
{
    int error = watcher_start();
    if (error != 0) {
        errno = error;
        return PyErr_SetFromErrno(PyExc_OSError);
    }
    Py_RETURN_NONE;
}

static PyObject *listen_in(PyObject *module, PyObject *args)
{
    const char *directory, *name, *refusal;
    if (!PyArg_ParseTuple(args, "ss", &directory, &name)) {
        return NULL;
    }
    int error = watcher_start();
    if (error != 0) {
        return PyUnicode_FromString(strerror(error));
    }
    Py_BEGIN_ALLOW_THREADS
    refusal = door_open(directory, name);
    Py_END_ALLOW_THREADS
    return refusal == NULL ? Py_NewRef(Py_None) : PyUnicode_DecodeFSDefault(refusal);
}

static PyObject *follow_forks(PyObject *module, PyObject *settle)
{
    if (forks_follow(settle) < 0) {
        return NULL;
    }
    Py_RETURN_NONE;
}

static PyObject *stop(PyObject *module, PyObject *ignored)
{
    forks_follow(NULL);
    sampling_stop();
    Py_BEGIN_ALLOW_THREADS
    door_close();
    watcher_stop();
    Py_END_ALLOW_THREADS
    Py_RETURN_NONE;
}

static PyObject *arm_signal(PyObject *args, ArmHow how)
{
    static const char *const words[] = {"armed", "already", "taken"};
    int number;
    if (!PyArg_ParseTuple(args, "i", &number)) {
        return NULL;
    }
    ArmResult result = handler_look(number, how);
    if (result == ARM_ARMED || result == ARM_ALREADY) {
        errno = watcher_start();
        result = errno == 0 ? handler_arm(number, how) : ARM_ERROR;
    }
    if (result == ARM_ERROR) {
        return PyErr_SetFromErrno(PyExc_OSError);
    }
    return PyUnicode_FromString(words[result]);
}

static PyObject *arm(PyObject *module, PyObject *args)
{
    return arm_signal(args, ARM_IF_FREE);
}

static PyObject *arm_over(PyObject *module, PyObject *args)
{
    return arm_signal(args, ARM_OVER);
}

static PyObject *arm_beside(PyObject *module, PyObject *args)
{
    return arm_signal(args, ARM_BESIDE);
}

static PyObject *armed(PyObject *module, PyObject *ignored)
{
    return PyLong_FromLong(handler_armed());
}

static PyObject *request(PyObject *module, PyObject *args, PyObject *named)
{
    static char *names[] = {"trigger", "label", "directory", "stem", "graph", "values", "force", NULL};
    const char *trigger, *label = NULL, *directory = NULL, *stem = NULL;
    int graph = 1, values = 0, force = 0;
    CaptureRequest asked;
    if (!PyArg_ParseTupleAndKeywords(args, named, "s|zzzppp", names, &trigger, &label, &directory, &stem, &graph,
                                     &values, &force)) {
        return NULL;
    }
    memset(&asked, 0, sizeof asked);
    asked.wish.has_label = label != NULL;
    asked.wish.graph = graph != 0;
    asked.wish.values = values != 0;
    asked.wish.force = force != 0;
    if (!copy_text(asked.trigger, sizeof asked.trigger, trigger, "trigger")
        || !copy_text(asked.wish.label, sizeof asked.wish.label, label == NULL ? "" : label, "label")
        || !copy_text(asked.directory, sizeof asked.directory, directory == NULL ? "" : directory, "directory")
        || !copy_text(asked.stem, sizeof asked.stem, stem == NULL ? "" : stem, "stem")) {
        return NULL;
    }
    if (strchr(asked.stem, '/') != NULL) {
        PyErr_SetString(PyExc_ValueError, "stem must not hold a slash");
        return NULL;
    }
    int error = watcher_start();
    if (error != 0) {
        errno = error;
        return PyErr_SetFromErrno(PyExc_OSError);
    }
    return PyLong_FromUnsignedLong(watcher_request(&asked));
}

static PyObject *status(PyObject *module, PyObject *ignored)
{
    static const char *const states[] = {"idle", "running", "done", "failed"};
    WatcherStatus now;
    watcher_status(&now);
    return Py_BuildValue("{sI,ss,ss,ss,ss,sK,sK,sK,sd,sd,sd,sd,sK,sI,sI,sI}", "ticket", now.ticket, "state", states[now.state], "name",
                         now.name, "path", now.path, "error", now.error, "objects_so_far",
                         (unsigned long long)now.objects_so_far, "objects", (unsigned long long)now.objects,
                         "bytes", (unsigned long long)now.bytes, "pause_ms", (double)now.pause_ns / 1e6, "paused_ms",
                         (double)now.paused_ns / 1e6, "captured_at",
                         (double)now.captured_at.tv_sec + (double)now.captured_at.tv_nsec / 1e9, "walk_ms", (double)now.walk_ns / 1e6,
                         "child_private_bytes", (unsigned long long)now.private_bytes, "captures", now.captures,
                         "failures", now.failures, "refused", now.refused);
}

/* The watcher looks after it from now on. */
static PyObject *sample(PyObject *module, PyObject *args)
{
    PyObject *refusal = sampling_sample(module, args);
    watcher_wake();
    return refusal;
}

static PyObject *watch_handler(PyObject *module, PyObject *args)
{
    double seconds;
    if (!PyArg_ParseTuple(args, "d", &seconds)) {
        return NULL;
    }
    watcher_guard_handler(seconds < 0 ? 0 : seconds);
    Py_RETURN_NONE;
}

static PyObject *crash_after(PyObject *module, PyObject *args)
{
    unsigned long long records;
    if (!PyArg_ParseTuple(args, "K", &records)) {
        return NULL;
    }
    watcher_crash_after(records);
    Py_RETURN_NONE;
}

static PyObject *hush(PyObject *module, PyObject *yes)
{
    int hushed = PyObject_IsTrue(yes);
    if (hushed < 0) {
        return NULL;
    }
    message_hush(hushed);
    Py_RETURN_NONE;
}

/* The probes are built and judged in Python; this only finds them. */
static PyObject *self_check(PyObject *module, PyObject *ignored)
{
    if (PyInterpreterState_Get() != PyInterpreterState_Main()) {
        return PyUnicode_FromString("the application runs in a subinterpreter, and this engine reads only the main one "
                                    "(mod_wsgi: set WSGIApplicationGroup %{GLOBAL})");
    }
    PyObject *probes = PyImport_ImportModule("heapdiff.agent.engines.selfcheck");
    PyObject *answer = probes == NULL ? NULL : PyObject_CallMethod(probes, "check", "O", module);
    Py_XDECREF(probes);
    return answer;
}

static PyMethodDef methods[] = {
    {"configure", (PyCFunction)(void (*)(void))configure, METH_VARARGS | METH_KEYWORDS, NULL},
    {"know_modules", owners_prepare, METH_VARARGS, NULL},
    {"know_facts", whitelist_prepare, METH_VARARGS, NULL},
    {"automate", (PyCFunction)(void (*)(void))automate, METH_VARARGS | METH_KEYWORDS, NULL},
    {"bound", bound, METH_VARARGS, NULL},
    {"before_exit", before_exit, METH_NOARGS, NULL},
    {"start", start, METH_NOARGS, NULL},
    {"listen", listen_in, METH_VARARGS, NULL},
    {"follow_forks", follow_forks, METH_O, NULL},
    {"stop", stop, METH_NOARGS, NULL},
    {"arm", arm, METH_VARARGS, NULL},
    {"arm_over", arm_over, METH_VARARGS, NULL},
    {"arm_beside", arm_beside, METH_VARARGS, NULL},
    {"armed", armed, METH_NOARGS, NULL},
    {"request", (PyCFunction)(void (*)(void))request, METH_VARARGS | METH_KEYWORDS, NULL},
    {"status", status, METH_NOARGS, NULL},
    {"count_request", calls_count_request, METH_NOARGS, NULL},
    {"count_call", calls_count, METH_O, NULL},
    {"start_counting", calls_start_counting, METH_NOARGS, NULL},
    {"requests", calls_requests, METH_NOARGS, NULL},
    {"watch_handler", watch_handler, METH_VARARGS, NULL},
    {"sample", sample, METH_VARARGS, NULL},
    {"hush", hush, METH_O, NULL},
    {"self_check", self_check, METH_NOARGS, NULL},
    {"has_access_list", has_access_list, METH_O, NULL},
    {"_layout", layout_of, METH_NOARGS, NULL},
    {"_verify", selfcheck_verify, METH_VARARGS, NULL},
    {"_code_place", place_of_code, METH_O, NULL},
    {"_pending", pending_layout, METH_NOARGS, NULL},
    {"fork_apart", forks_apart, METH_VARARGS, NULL},
    {"_bare_fork", forks_measure, METH_NOARGS, NULL},
    {"_crash_after", crash_after, METH_VARARGS, NULL},
    {"_history", history_of, METH_VARARGS, NULL},
    {NULL, NULL, 0, NULL},
};

static struct PyModuleDef definition = {
    PyModuleDef_HEAD_INIT, "heapdiff.agent._native", "The native agent: trigger, fork, walk, write.", -1, methods,
    NULL, NULL, NULL, NULL,
};

PyMODINIT_FUNC PyInit__native(void)
{
    crc32_prepare();
    bare_fork_prepare();
    lists_find(PyInterpreterState_Main());
    malloc_prepare();
    tracing_prepare();
    errno = status_prepare();
    if (errno != 0) {
        return PyErr_SetFromErrno(PyExc_OSError);
    }
    if (types_prepare() < 0) {
        return NULL;
    }
    PyObject *module = PyModule_Create(&definition);
    if (module != NULL && (PyModule_AddFunctions(module, sampling_methods) < 0 || PyModule_AddFunctions(module, line_methods) < 0)) {
        Py_CLEAR(module);
    }
    return module;
}
