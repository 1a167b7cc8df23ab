/* What the interpreter and its threads hold themselves. Part of internals.h. */
#pragma once

typedef struct {
    const char *name;
    PyObject *object;
} InterpreterRoot;

enum { INTERPRETER_ROOTS_MOST = 40 };

static inline PyObject *interpreter_modules(PyInterpreterState *interp)
{
#if PY_VERSION_HEX >= 0x030C0000
    return interp->imports.modules;
#else
    return interp->modules;
#endif
}

/* The table of interned strings. It refers to each of them without being counted, so it keeps none alive. NULL where it
   is out of reach of everything that the walk meets: dicts of strings are tracked from 3.14 on. */
static inline PyObject *interned_strings(PyInterpreterState *interp)
{
#if PY_VERSION_HEX >= 0x030E0000
    return interp->cached_objects.interned_strings;
#else
    return NULL;
#endif
}

/* Fills `roots` with the tables that are there; returns how many. */
static inline int interpreter_roots(PyInterpreterState *interp, InterpreterRoot roots[INTERPRETER_ROOTS_MOST])
{
    int count = 0;
    const InterpreterRoot all[] = {
#if PY_VERSION_HEX >= 0x030C0000
        {"modules", interp->imports.modules},
        {"modules_by_index", interp->imports.modules_by_index},
        {"importlib", interp->imports.importlib},
        {"import_func", interp->imports.import_func},
        {"sysdict_copy", interp->sysdict_copy},
#else
        {"modules", interp->modules},
        {"modules_by_index", interp->modules_by_index},
        {"importlib", interp->importlib},
        {"import_func", interp->import_func},
#endif
#if PY_VERSION_HEX >= 0x030D0000
        {"codec_search_path", interp->codecs.search_path},
        {"codec_search_cache", interp->codecs.search_cache},
        {"codec_error_registry", interp->codecs.error_registry},
#else
        {"codec_search_path", interp->codec_search_path},
        {"codec_search_cache", interp->codec_search_cache},
        {"codec_error_registry", interp->codec_error_registry},
#endif
#if PY_VERSION_HEX >= 0x030E0000
        {"atexit", interp->atexit.callbacks},
        {"warnings_context", interp->warnings.context},
#endif
#if PY_VERSION_HEX >= 0x030F0000
        {"lazy_import_func", interp->imports.lazy_import_func},
        {"lazy_imports_filter", interp->imports.lazy_imports_filter},
        {"lazy_modules", interp->imports.lazy_modules},
        {"lazy_pending_submodules", interp->imports.lazy_pending_submodules},
#endif
        {"interned_strings", interned_strings(interp)},
        {"sys", interp->sysdict},
        {"builtins", interp->builtins},
        {"builtins_copy", interp->builtins_copy},
        {"interpreter_dict", interp->dict},
        {"before_fork", interp->before_forkers},
        {"after_fork_parent", interp->after_forkers_parent},
        {"after_fork_child", interp->after_forkers_child},
        {"audit_hooks", interp->audit_hooks},
        {"warnings_filters", interp->warnings.filters},
        {"warnings_once", interp->warnings.once_registry},
        {"warnings_default", interp->warnings.default_action},
        {"gc_garbage", interp->gc.garbage},
        {"gc_callbacks", interp->gc.callbacks},
    };
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        if (all[i].object != NULL) {
            roots[count++] = all[i];
        }
    }
    return count;
}

/* The callbacks registered with `atexit`: calls `each` for every object they hold. A list among the roots from 3.14 on. */
static inline void interpreter_atexit(PyInterpreterState *interp, void (*each)(void *, PyObject *), void *context)
{
#if PY_VERSION_HEX < 0x030E0000
    for (int i = 0; interp->atexit.callbacks != NULL && i < interp->atexit.ncallbacks; i++) {
        PyObject **held = (PyObject **)interp->atexit.callbacks[i];
        for (int part = 0; held != NULL && part < 3; part++) {
            if (held[part] != NULL) {
                each(context, held[part]);
            }
        }
    }
#endif
}

/* Objects that a thread's state holds itself. */
static inline int thread_roots(PyThreadState *thread, InterpreterRoot roots[INTERPRETER_ROOTS_MOST])
{
    int count = 0;
    const InterpreterRoot all[] = {
        {"dict", thread->dict},
        {"context", thread->context},
        {"async_exc", thread->async_exc},
        {"profile", thread->c_profileobj},
        {"trace", thread->c_traceobj},
        {"async_gen_firstiter", thread->async_gen_firstiter},
        {"async_gen_finalizer", thread->async_gen_finalizer},
#if PY_VERSION_HEX >= 0x030C0000
        {"exception", thread->current_exception},
#else
        {"exception", thread->curexc_value},
        {"traceback", thread->curexc_traceback},
#endif
#if PY_VERSION_HEX >= 0x030D0000
        {"threading_local_key", thread->threading_local_key},
        {"threading_local_sentinel", thread->threading_local_sentinel},
#endif
#if PY_VERSION_HEX >= 0x030E0000
        {"asyncio_running_loop", ((_PyThreadStateImpl *)thread)->asyncio_running_loop},
        {"asyncio_running_task", ((_PyThreadStateImpl *)thread)->asyncio_running_task},
#endif
#if PY_VERSION_HEX >= 0x030F0000
        {"lazy_imports", ((_PyThreadStateImpl *)thread)->lazy_imports},
#endif
    };
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        if (all[i].object != NULL) {
            roots[count++] = all[i];
        }
    }
    for (_PyErr_StackItem *item = thread->exc_info; item != NULL && count < INTERPRETER_ROOTS_MOST;
         item = item->previous_item) {
        if (item->exc_value != NULL) {
            roots[count++] = (InterpreterRoot){"handled_exception", item->exc_value};
        }
    }
    return count;
}
