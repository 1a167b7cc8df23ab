#define _GNU_SOURCE
#include "capture/calls.h"

#include <string.h>

#include "cpython/text.h"

enum { SLOTS_LOG = 9, SLOTS = 1 << SLOTS_LOG, MOST = SLOTS * 3 / 4, ROW_MOST = CODE_BYTES_MOST + 32 };

volatile uint64_t requests_served;
volatile bool requests_are_counted;

/* One for each str object, which it keeps alive. Never emptied: other threads may read it without the GIL. */
typedef struct {
    PyObject *endpoint;
    uint64_t calls;
    bool named; /* by code, and not by data */
} Endpoint;

static Endpoint endpoints[SLOTS];
static Endpoint *known[MOST]; /* in the order of their first calls */
static size_t known_count;
static uint64_t unrouted, others;

/* Steals `part`, a new str. Only interning tells which strings are interned; on 3.12 that is for good, so there it's looked up. */
static bool is_interned(PyObject *part)
{
#if PY_VERSION_HEX >= 0x030C0000 && PY_VERSION_HEX < 0x030D0000
    PyObject *table = PyInterpreterState_Get()->cached_objects.interned_strings;
    bool found = (table != NULL && PyDict_GetItemWithError(table, part) != NULL)
        || _Py_hashtable_get(_PyRuntime.cached_objects.interned_strings, part) != NULL;
    Py_DECREF(part);
    return found;
#else
    PyObject *intern = PySys_GetObject("intern");
    PyObject *interned = intern == NULL ? NULL : PyObject_CallOneArg(intern, part);
    bool found = interned != NULL && interned != part;
    Py_XDECREF(interned);
    Py_DECREF(part);
    return found;
#endif
}

/* Whether each part between dots is an identifier that stands in the code; one put together at run time may be data. */
static bool is_named_by_code(PyObject *endpoint)
{
    char text[CODE_BYTES_MOST];
    Py_ssize_t length = PyUnicode_GET_LENGTH(endpoint), end;
    int kind = PyUnicode_KIND(endpoint);
    for (Py_ssize_t start = 0; start <= length && length <= CODE_TEXT_MOST; start = end + 1) {
        for (end = start; end < length && PyUnicode_READ_CHAR(endpoint, end) != '.'; end++) {
        }
        PyObject *part = PyUnicode_FromKindAndData(kind, (char *)PyUnicode_DATA(endpoint) + start * kind, end - start);
        bool named = part != NULL && is_identifier_text(text, str_utf8(part, text, sizeof text));
        bool single = end - start == 1; /* the interpreter's own, whoever uses it */
        if (!named || single) {
            Py_XDECREF(part);
        }
        if (!named || (!single && !is_interned(part))) {
            return false;
        }
    }
    return length <= CODE_TEXT_MOST;
}

static Endpoint *place_of(PyObject *endpoint)
{
    size_t at = ((uintptr_t)endpoint >> 4) * 0x9E3779B97F4A7C15u >> (64 - SLOTS_LOG);
    while (endpoints[at].endpoint != NULL && endpoints[at].endpoint != endpoint) {
        at = (at + 1) % SLOTS;
    }
    return &endpoints[at];
}

/* Whoever judges it may let go of the GIL, and another thread take the place meanwhile. */
static Endpoint *learn(PyObject *endpoint)
{
    bool named = is_named_by_code(endpoint);
    PyErr_Clear();
    Endpoint *slot = place_of(endpoint);
    if (slot->endpoint == NULL && known_count < MOST) {
        *slot = (Endpoint){Py_NewRef(endpoint), 0, named};
        known[known_count] = slot;
        __atomic_store_n(&known_count, known_count + 1, __ATOMIC_RELEASE);
    }
    return slot;
}

PyObject *calls_count_request(PyObject *module, PyObject *ignored)
{
    __atomic_fetch_add(&requests_served, 1, __ATOMIC_RELAXED);
    requests_are_counted = true;
    Py_RETURN_NONE;
}

PyObject *calls_start_counting(PyObject *module, PyObject *ignored)
{
    requests_are_counted = true;
    Py_RETURN_NONE;
}

PyObject *calls_requests(PyObject *module, PyObject *ignored)
{
    return PyLong_FromUnsignedLongLong(requests_served);
}

PyObject *calls_count(PyObject *module, PyObject *endpoint)
{
    if (endpoint == Py_None) {
        unrouted++;
        Py_RETURN_NONE;
    }
    Endpoint *slot = is_str(endpoint) ? place_of(endpoint) : NULL;
    if (slot != NULL && slot->endpoint == NULL && known_count < MOST) {
        slot = learn(endpoint);
    }
    if (slot != NULL && slot->endpoint == endpoint) {
        slot->calls++;
    } else {
        others++;
    }
    Py_RETURN_NONE;
}

void calls_forget(void)
{
    for (size_t i = 0; i < known_count; i++) {
        known[i]->calls = 0;
    }
    unrouted = others = requests_served = 0;
}

static bool same_text(PyObject *a, PyObject *b)
{
    return PyUnicode_GET_LENGTH(a) == PyUnicode_GET_LENGTH(b) && PyUnicode_KIND(a) == PyUnicode_KIND(b)
        && memcmp(PyUnicode_DATA(a), PyUnicode_DATA(b), (size_t)PyUnicode_GET_LENGTH(a) * PyUnicode_KIND(a)) == 0;
}

/* Each endpoint once: several rules may lead to one, each with a str of its own. Returns how many. */
static size_t gather(Endpoint rows[MOST])
{
    size_t count = 0, all = __atomic_load_n(&known_count, __ATOMIC_ACQUIRE);
    for (size_t i = 0; i < all; i++) {
        Endpoint slot = *known[i];
        size_t at = 0;
        if (slot.calls == 0) {
            continue;
        }
        while (at < count && !same_text(rows[at].endpoint, slot.endpoint)) {
            at++;
        }
        if (at < count) {
            rows[at].calls += slot.calls;
            rows[at].named = rows[at].named && slot.named;
        } else {
            rows[count++] = slot;
        }
    }
    return count;
}

bool calls_write(HeapFile *file)
{
    Endpoint rows[MOST];
    char name[CODE_BYTES_MOST];
    Section section;
    size_t count = gather(rows);
    if (count == 0 && unrouted == 0 && others == 0) {
        return true;
    }
    if (!section_init(&section, file, "CALL", (count + 1) * ROW_MOST)) {
        return false;
    }
    put_varint(&section, unrouted);
    put_varint(&section, others);
    for (size_t i = 0; i < count; i++) {
        size_t bytes = rows[i].named ? str_utf8(rows[i].endpoint, name, sizeof name) : 0;
        put_varint(&section, (uintptr_t)rows[i].endpoint >> 3);
        put_varint(&section, bytes);
        put_bytes(&section, name, bytes);
        put_varint(&section, rows[i].calls);
    }
    return section_flush(&section);
}

void calls_json(Text *text)
{
    Endpoint rows[MOST];
    char name[CODE_BYTES_MOST];
    uint64_t hidden = 0;
    size_t count = gather(rows);
    if (count == 0 && unrouted == 0 && others == 0) {
        return;
    }
    text_add_name(text, "endpoints");
    text_add(text, "{");
    for (size_t i = 0; i < count; i++) {
        if (rows[i].named) {
            text_add(text, text->text[text->used - 1] == '{' ? "" : ", ");
            text_add_json(text, name, str_utf8(rows[i].endpoint, name, sizeof name));
            text_add(text, ": ");
            text_add_number(text, rows[i].calls);
        } else {
            hidden += rows[i].calls;
        }
    }
    if (hidden > 0) {
        text_add_count(text, "<hidden>", hidden);
    }
    if (others > 0) {
        text_add_count(text, "<other>", others);
    }
    text_add(text, "}");
    text_add_count(text, "unrouted", unrouted);
}
