#include "capacity/history.h"

#include <stdbool.h>

#include "platform/memory.h"
#include "platform/system.h"

enum { SAMPLES_MOST = 128, FIRST_PACE_MS = 5000 };

static const uint64_t MILLISECOND = 1000000u;

typedef struct {
    uint64_t at_ns, rss_bytes, requests;
} MemorySample;

static struct {
    MemorySample samples[SAMPLES_MOST];
    unsigned count, doublings;
} history;

static uint64_t pace_ns(void)
{
    return (FIRST_PACE_MS * MILLISECOND) << history.doublings;
}

void history_forget(void)
{
    history.count = history.doublings = 0;
}

static void thin_out(void)
{
    for (size_t kept = 0; kept < SAMPLES_MOST / 2; kept++) {
        history.samples[kept] = history.samples[2 * kept];
    }
    history.count = SAMPLES_MOST / 2;
    history.doublings++;
}

void history_add(uint64_t at_ns, uint64_t rss_bytes, uint64_t requests)
{
    if (history.count == SAMPLES_MOST) {
        thin_out();
    }
    history.samples[history.count++] = (MemorySample){at_ns, rss_bytes, requests};
}

unsigned history_tick(uint64_t now_ns, uint64_t requests)
{
    uint64_t due_ns = history.count == 0 ? now_ns : history.samples[history.count - 1].at_ns + pace_ns();
    if (now_ns >= due_ns) {
        uint64_t resident = resident_bytes();
        if (resident > 0) {
            history_add(now_ns, resident, requests);
        }
        due_ns = now_ns + pace_ns();
    }
    return (unsigned)((due_ns - now_ns) / MILLISECOND) + 1;
}

static void add_column(Text *text, const char *name, uint64_t (*value)(const MemorySample *, uint64_t), uint64_t now_ns)
{
    text_add_name(text, name);
    for (unsigned i = 0; i < history.count; i++) {
        text_add(text, i == 0 ? "[" : ", ");
        text_add_number(text, value(&history.samples[i], now_ns));
    }
    text_add(text, "]");
}

static uint64_t age_ms(const MemorySample *sample, uint64_t now_ns)
{
    return now_ns > sample->at_ns ? (now_ns - sample->at_ns) / MILLISECOND : 0;
}

static uint64_t rss_of(const MemorySample *sample, uint64_t unused)
{
    return sample->rss_bytes;
}

static uint64_t requests_of(const MemorySample *sample, uint64_t unused)
{
    return sample->requests == NO_REQUESTS ? 0 : sample->requests; /* before something counted, none was known */
}

void history_json(Text *text, uint64_t now_ns)
{
    if (history.count == 0) {
        text_add(text, "null");
        return;
    }
    text_add(text, "{");
    add_column(text, "age_ms", age_ms, now_ns);
    add_column(text, "rss_bytes", rss_of, now_ns);
    if (history.samples[history.count - 1].requests != NO_REQUESTS) {
        add_column(text, "requests", requests_of, now_ns);
    } else {
        text_add_string(text, "requests", NULL);
    }
    text_add(text, "}");
}

PyObject *history_of(PyObject *module, PyObject *args)
{
    PyObject *samples, *told = NULL;
    unsigned long long now_ns, at_ns, rss, requests;
    Text text;
    if (!PyArg_ParseTuple(args, "O!K", &PyList_Type, &samples, &now_ns) || !text_init(&text, 1 << 12)) {
        return PyErr_Occurred() ? NULL : PyErr_NoMemory();
    }
    history_forget();
    bool read = true;
    for (Py_ssize_t i = 0; read && i < PyList_Size(samples); i++) {
        read = PyArg_ParseTuple(PyList_GetItem(samples, i), "KKK", &at_ns, &rss, &requests);
        if (read) {
            history_add(at_ns, rss, requests);
        }
    }
    history_json(&text, now_ns);
    history_forget();
    if (read) {
        told = text.failed ? PyErr_NoMemory() : PyUnicode_DecodeUTF8(text.text, (Py_ssize_t)text.used, NULL);
    }
    memory_unmap(text.text, text.capacity);
    return told;
}
