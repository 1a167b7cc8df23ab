#include "internals.h"

#include <stddef.h>

#include "pending.h"

#if PY_VERSION_HEX < 0x030D0000

typedef struct _pending_calls Calls;

/* 3.12 moved the main thread's calls from the interpreter to the runtime. */
#if PY_VERSION_HEX >= 0x030C0000
enum { IN_RUNTIME = 1 };
static const size_t queue = offsetof(_PyRuntimeState, ceval.pending_mainthread);
#else
enum { IN_RUNTIME = 0 };
static const size_t queue = offsetof(PyInterpreterState, ceval.pending);
#endif

PyObject *pending_layout(PyObject *module, PyObject *ignored)
{
    return Py_BuildValue(
        "{sK,sK,sn,sn,si,sn,sn,sn,sn,sn,sn,sn}", "runtime", (unsigned long long)(uintptr_t)&_PyRuntime, "run",
        (unsigned long long)(uintptr_t)&PyRun_SimpleString, "main", (Py_ssize_t)offsetof(_PyRuntimeState, interpreters.main),
        "finalizing", (Py_ssize_t)offsetof(_PyRuntimeState, _finalizing), "in_runtime", IN_RUNTIME, "queue",
        (Py_ssize_t)queue, "calls_to_do", (Py_ssize_t)offsetof(Calls, calls_to_do), "calls",
        (Py_ssize_t)offsetof(Calls, calls), "slots", (Py_ssize_t)NPENDINGCALLS, "first", (Py_ssize_t)offsetof(Calls, first),
        "last", (Py_ssize_t)offsetof(Calls, last), "eval_breaker",
        (Py_ssize_t)offsetof(PyInterpreterState, ceval.eval_breaker));
}

#else

PyObject *pending_layout(PyObject *module, PyObject *ignored)
{
    Py_RETURN_NONE;
}

#endif
