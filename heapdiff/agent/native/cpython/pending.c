#include "cpython/internals.h"

#include <stddef.h>

#include "cpython/pending.h"

#if PY_VERSION_HEX < 0x030E0000

typedef struct _pending_calls Calls;

/* 3.12 moved the main thread's calls from the interpreter to the runtime. 3.13 has the word that makes a thread look in each
   thread, shared with other bits; but there a thread that takes the GIL looks at the count of calls by itself. */
#if PY_VERSION_HEX >= 0x030D0000
enum { IN_RUNTIME = 1, SLOTS = PENDINGCALLSARRAYSIZE, EVAL_BREAKER = -1 };
#define COUNT npending
#define LAST next
static const size_t queue = offsetof(_PyRuntimeState, ceval.pending_mainthread);
#else
enum { SLOTS = NPENDINGCALLS, EVAL_BREAKER = offsetof(PyInterpreterState, ceval.eval_breaker) };
#define COUNT calls_to_do
#define LAST last
#if PY_VERSION_HEX >= 0x030C0000
enum { IN_RUNTIME = 1 };
static const size_t queue = offsetof(_PyRuntimeState, ceval.pending_mainthread);
#else
enum { IN_RUNTIME = 0 };
static const size_t queue = offsetof(PyInterpreterState, ceval.pending);
#endif
#endif

PyObject *pending_layout(PyObject *module, PyObject *ignored)
{
    return Py_BuildValue(
        "{sK,sK,sn,sn,si,sn,sn,sn,sn,si,sn,sn,si}", "runtime", (unsigned long long)(uintptr_t)&_PyRuntime, "run",
        (unsigned long long)(uintptr_t)&PyRun_SimpleString, "main", (Py_ssize_t)offsetof(_PyRuntimeState, interpreters.main),
        "finalizing", (Py_ssize_t)offsetof(_PyRuntimeState, _finalizing), "in_runtime", IN_RUNTIME, "queue",
        (Py_ssize_t)queue, "calls_to_do", (Py_ssize_t)offsetof(Calls, COUNT), "calls", (Py_ssize_t)offsetof(Calls, calls),
        "entry", (Py_ssize_t)sizeof ((Calls *)NULL)->calls[0], "slots", SLOTS, "first", (Py_ssize_t)offsetof(Calls, first),
        "last", (Py_ssize_t)offsetof(Calls, LAST), "eval_breaker", EVAL_BREAKER);
}

#else

PyObject *pending_layout(PyObject *module, PyObject *ignored)
{
    Py_RETURN_NONE;
}

#endif
