#define _GNU_SOURCE
#include "capture/selfcheck.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "capture/child.h"
#include "cpython/layout.h"
#include "platform/memory.h"
#include "platform/system.h"
#include "walk/walk.h"

enum { DEADLINE_S = 30 };

typedef struct {
    uintptr_t address;
    size_t bytes, found_bytes;
    int times;
} Expected;

typedef struct {
    uintptr_t owner, target;
    const char *name;
    bool found;
} ExpectedReference;

typedef struct {
    volatile int finished, no_rings;
    size_t missing_sizes, wrong_sizes, missing_references, missing_tracked;
    size_t example_expected, example_found;
    char example_name[64];
} Findings;

typedef struct {
    Expected *sizes;
    ExpectedReference *references;
    Py_ssize_t size_count, reference_count;
    PointerMap wanted;     /* addresses that must be recorded -> how often they were */
    PointerMap by_address; /* address -> index in `sizes` */
} Check;

static void on_record(void *context, uintptr_t address, size_t bytes)
{
    Check *check = context;
    uint32_t *times = pointer_map_find(&check->wanted, (void *)address);
    uint32_t *index = pointer_map_find(&check->by_address, (void *)address);
    if (times != NULL) {
        ++*times;
    }
    if (index != NULL) {
        check->sizes[*index].times++;
        check->sizes[*index].found_bytes = bytes;
    }
}

static bool index_expected(Check *check, PyObject *tracked)
{
    bool added;
    if (!pointer_map_init(&check->wanted, 1 << 12) || !pointer_map_init(&check->by_address, 1 << 12)) {
        return false;
    }
    for (Py_ssize_t i = 0; i < check->size_count; i++) {
        uint32_t *index = pointer_map_place(&check->by_address, (void *)check->sizes[i].address, &added);
        if (index == NULL) {
            return false;
        }
        if (added) {
            *index = (uint32_t)i;
        } else {
            check->sizes[i].address = 0; /* the same object twice: judged once */
        }
    }
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(tracked); i++) {
        int64_t address = 0;
        int_value(PyList_GET_ITEM(tracked, i), &address);
        if (pointer_map_place(&check->wanted, (void *)(uintptr_t)address, &added) == NULL) {
            return false;
        }
    }
    return true;
}

static void on_reference(void *context, uintptr_t owner, const char *name, uintptr_t target)
{
    Check *check = context;
    for (Py_ssize_t i = 0; i < check->reference_count; i++) {
        ExpectedReference *expected = &check->references[i];
        if (expected->owner == owner && expected->target == target && strcmp(expected->name, name) == 0) {
            expected->found = true;
        }
    }
}

static void judge(Check *check, PyObject *tracked, Findings *findings)
{
    for (Py_ssize_t i = 0; i < check->size_count; i++) {
        const Expected *expected = &check->sizes[i];
        if (expected->address == 0) {
            continue;
        }
        findings->missing_sizes += expected->times != 1;
        if (expected->times == 1 && expected->bytes != expected->found_bytes) {
            findings->wrong_sizes++;
            findings->example_expected = expected->bytes;
            findings->example_found = expected->found_bytes;
        }
    }
    for (Py_ssize_t i = 0; i < check->reference_count; i++) {
        if (!check->references[i].found) {
            findings->missing_references++;
            strncpy(findings->example_name, check->references[i].name, sizeof findings->example_name - 1);
        }
    }
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(tracked); i++) {
        int64_t address = 0;
        int_value(PyList_GET_ITEM(tracked, i), &address);
        uint32_t *times = pointer_map_find(&check->wanted, (void *)(uintptr_t)address);
        findings->missing_tracked += times == NULL || *times != 1;
    }
}

static _Noreturn void check_child(Check *check, PyObject *tracked, Findings *findings)
{
    HeapFile file = {.fd = -1};
    WalkObserver observer = {on_record, on_reference, check};
    WalkOptions options = {.graph = true, .observer = &observer};
    child_settle(DEADLINE_S);
    PyGC_Disable();
    child_use_own_memory();
    findings->no_rings = 1;
    findings->no_rings = !lists_are_rings(PyInterpreterState_Main());
    Walk *walk = findings->no_rings ? NULL : walk_new(&file, options);
    if (walk != NULL && index_expected(check, tracked) && walk_heap(walk, PyInterpreterState_Main())) {
        judge(check, tracked, findings);
        findings->finished = 1;
    }
    syscall(SYS_exit_group, 0);
    __builtin_unreachable();
}

static PyObject *reason(const Findings *findings)
{
    if (findings->no_rings) {
        return PyUnicode_FromString("the collector's lists are not where heapdiff was built to find them");
    }
    if (!findings->finished) {
        return PyUnicode_FromString("the test walk crashed: this interpreter's internals are laid out differently");
    }
    if (findings->missing_tracked != 0) {
        return PyUnicode_FromFormat("%zu objects tracked by the collector were not found exactly once",
                                    findings->missing_tracked);
    }
    if (findings->missing_sizes != 0) {
        return PyUnicode_FromFormat("%zu test objects were not found exactly once", findings->missing_sizes);
    }
    if (findings->wrong_sizes != 0) {
        return PyUnicode_FromFormat("%zu test objects have an unexpected size (%zu instead of %zu bytes)",
                                    findings->wrong_sizes, findings->example_found, findings->example_expected);
    }
    if (findings->missing_references != 0) {
        return PyUnicode_FromFormat("%zu references of test objects were not found, such as %s",
                                    findings->missing_references, findings->example_name);
    }
    Py_RETURN_NONE;
}

static bool parse(Check *check, PyObject *sizes, PyObject *references)
{
    check->size_count = PyList_GET_SIZE(sizes);
    check->reference_count = PyList_GET_SIZE(references);
    check->sizes = PyMem_Calloc((size_t)check->size_count + 1, sizeof *check->sizes);
    check->references = PyMem_Calloc((size_t)check->reference_count + 1, sizeof *check->references);
    if (check->sizes == NULL || check->references == NULL) {
        PyErr_NoMemory();
        return false;
    }
    for (Py_ssize_t i = 0; i < check->size_count; i++) {
        unsigned long long address, bytes;
        if (!PyArg_ParseTuple(PyList_GET_ITEM(sizes, i), "KK", &address, &bytes)) {
            return false;
        }
        check->sizes[i] = (Expected){.address = (uintptr_t)address, .bytes = (size_t)bytes};
    }
    for (Py_ssize_t i = 0; i < check->reference_count; i++) {
        unsigned long long owner, target;
        const char *name;
        if (!PyArg_ParseTuple(PyList_GET_ITEM(references, i), "KsK", &owner, &name, &target)) {
            return false;
        }
        check->references[i] = (ExpectedReference){(uintptr_t)owner, (uintptr_t)target, name, false};
    }
    return true;
}

PyObject *selfcheck_verify(PyObject *module, PyObject *args)
{
    PyObject *sizes, *references, *tracked, *answer = NULL;
    Check check = {0};
    Findings *findings = MAP_FAILED;
    if (!PyArg_ParseTuple(args, "O!O!O!", &PyList_Type, &sizes, &PyList_Type, &references, &PyList_Type, &tracked)) {
        return NULL;
    }
    if (!parse(&check, sizes, references)) {
        goto done;
    }
    findings = mmap(NULL, sizeof *findings, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (findings == MAP_FAILED) {
        PyErr_SetFromErrno(PyExc_OSError);
        goto done;
    }
    pid_t child = bare_fork();
    if (child == 0) {
        check_child(&check, tracked, findings);
    }
    if (child < 0) {
        PyErr_SetFromErrno(PyExc_OSError);
        goto done;
    }
    Py_BEGIN_ALLOW_THREADS
    while (waitpid(child, NULL, __WALL) < 0 && errno == EINTR) {
    }
    Py_END_ALLOW_THREADS
    answer = reason(findings);
done:
    if (findings != MAP_FAILED) {
        munmap(findings, sizeof *findings);
    }
    PyMem_Free(check.sizes);
    PyMem_Free(check.references);
    return answer;
}
