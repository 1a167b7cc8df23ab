#include "types/bounds.h"

enum { DEQUE, LRU_CACHE, BOUNDED_TYPES };
enum { SAMPLES = 3 };

/* What the samples are made to have. */
static const Py_ssize_t sample_bounds[SAMPLES] = {7654321, 1234567, -1};
static const Py_ssize_t sample_hits[SAMPLES] = {13, 5, 29}, sample_misses[SAMPLES] = {7, 17, 11};

static struct {
    PyTypeObject *type;
    Counters offsets;
} bounded[BOUNDED_TYPES];

/* As many calls that find nothing, then as many that do. */
static bool use(PyObject *cache, Py_ssize_t hits, Py_ssize_t misses)
{
    PyObject *answer = Py_None;
    for (Py_ssize_t i = 0; answer != NULL && i < misses + hits; i++) {
        answer = PyObject_CallFunction(cache, "n", i < misses ? i : 0);
        Py_XDECREF(answer);
    }
    return answer != NULL;
}

static PyObject *sample(int kind, PyObject *type, int number)
{
    Py_ssize_t bound = sample_bounds[number];
    PyObject *limit = bound < 0 ? Py_NewRef(Py_None) : PyLong_FromSsize_t(bound);
    if (limit == NULL) {
        return NULL;
    }
    PyObject *made = kind == DEQUE ? PyObject_CallFunction(type, "()O", limit)
                                   : PyObject_CallFunction(type, "OOOO", &PyLong_Type, limit, Py_False, &PyTuple_Type);
    Py_DECREF(limit);
    if (made != NULL && kind == LRU_CACHE && !use(made, sample_hits[number], sample_misses[number])) {
        Py_CLEAR(made);
    }
    return made;
}

/* The one place where every sample has its number; neither struct is in a public header. */
static size_t find_offset(PyTypeObject *type, PyObject *const samples[SAMPLES], const Py_ssize_t numbers[SAMPLES])
{
    size_t found = 0;
    for (size_t at = sizeof(PyObject); at + sizeof(Py_ssize_t) <= (size_t)type->tp_basicsize; at += sizeof(Py_ssize_t)) {
        int alike = 0;
        while (alike < SAMPLES && number_at(samples[alike], at) == numbers[alike]) {
            alike++;
        }
        if (alike == SAMPLES) {
            if (found != 0) {
                return 0;
            }
            found = at;
        }
    }
    return found;
}

static Counters find_offsets(int kind, PyTypeObject *type, PyObject *const samples[SAMPLES])
{
    Counters found = {.bound = find_offset(type, samples, sample_bounds)};
    if (kind == LRU_CACHE) {
        found.hits = find_offset(type, samples, sample_hits);
        found.misses = find_offset(type, samples, sample_misses);
    }
    return found;
}

static void learn(int kind, const char *module_name, const char *type_name)
{
    PyObject *samples[SAMPLES] = {NULL};
    PyObject *module = PyImport_ImportModule(module_name);
    PyObject *type = module == NULL ? NULL : PyObject_GetAttrString(module, type_name);
    int made = 0;
    while (type != NULL && PyType_Check(type) && made < SAMPLES) {
        samples[made] = sample(kind, type, made);
        if (samples[made] == NULL) {
            break;
        }
        made++;
    }
    if (made == SAMPLES) {
        bounded[kind].type = (PyTypeObject *)type;
        bounded[kind].offsets = find_offsets(kind, (PyTypeObject *)type, samples);
    }
    for (int i = 0; i < made; i++) {
        Py_DECREF(samples[i]);
    }
    Py_XDECREF(type);
    Py_XDECREF(module);
    PyErr_Clear();
}

void bounds_prepare(void)
{
    learn(DEQUE, "_collections", "deque");
    learn(LRU_CACHE, "_functools", "_lru_cache_wrapper");
}

Counters counters_of(PyTypeObject *type)
{
    for (; type != NULL; type = type->tp_base) {
        for (int kind = 0; kind < BOUNDED_TYPES; kind++) {
            if (bounded[kind].type == type) {
                return bounded[kind].offsets;
            }
        }
    }
    return (Counters){0};
}
