#include "watching/insertions.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "cpython/text.h"
#include "platform/memory.h"
#include "sampling/call_stacks.h"

#if PY_VERSION_HEX >= 0x030C0000

enum { SLOTS = 2 * INSERTING_STACKS_MOST, WRAPPERS_MOST = 8, WRAPPED_WITHIN = 8 };

typedef struct {
    uint64_t hash;
    uint32_t row;        /* plus 1; 0: empty */
} Known;

/* Mapped while something is watched. */
typedef struct {
    Known known[SLOTS];  /* where a stack was counted last, by all its frames; of two with one place the later one is kept */
    uint32_t places[SLOTS]; /* of rows, by their stacks: the row plus 1 */
    Inserting rows[INSERTING_STACKS_MOST];
} Counts;

static struct {
    PyObject *dict;      /* not ours; NULL: gone */
    int id;              /* of a watcher of dicts, while `on` */
    uint64_t most;
    Counts *counts;
    Insertions now;
} watched;

static uint64_t mix(uint64_t hash, uint64_t more)
{
    return (hash << 7 | hash >> 57) + more;
}

/* The whole stack in one number, for nearly every insertion comes from where one came from before. An instruction's address
   tells the code, too; that of a known stack is kept, so no other code gets its addresses. The innermost functions tell apart
   what one decorator made of several. */
static uint64_t hash_stack(Frame *frame)
{
    uint64_t hash = 0;
    unsigned count = 0;
    for (; frame != NULL && count < WRAPPED_WITHIN; count++, frame = frame->previous) {
        uint64_t function = frame_runs_code(frame) ? (uintptr_t)frame_function(frame) : 0;
        hash = mix(hash, (uintptr_t)frame_instruction(frame) + function);
    }
    for (; frame != NULL && count < STACK_FRAMES_MOST; count++, frame = frame->previous) {
        hash = mix(hash, (uintptr_t)frame_instruction(frame));
    }
    return hash * 0x9E3779B97F4A7C15ull;
}

static bool is_on_stack(Frame *frame, PyObject *code)
{
    for (unsigned count = 0; frame != NULL && count < STACK_FRAMES_MOST; count++, frame = frame->previous) {
        if ((PyObject *)frame_code(frame) == code) {
            return true;
        }
    }
    return false;
}

/* What `functools.wraps` and the like say is behind a function, down to the last. */
static PyObject *code_wrapped_by(PyObject *function)
{
    PyObject *code = NULL;
    for (unsigned count = 0; count < WRAPPERS_MOST && function != NULL && PyFunction_Check(function); count++) {
        code = count > 0 ? ((PyFunctionObject *)function)->func_code : NULL;
        function = item_named(((PyFunctionObject *)function)->func_dict, "__wrapped__");
    }
    return code;
}

/* Of more wrappers than there is room for the outermost ones: one of them is a view's. One that is far from the dict and didn't
   call what it wraps has nothing to do with it, and isn't told apart from others either. */
static void find_wrapped(Frame *top, Inserting *row)
{
    uint32_t at = 0, count = 0;
    for (Frame *frame = top; frame != NULL && at < STACK_FRAMES_MOST / 2; count++, frame = frame->previous) {
        if (frame_code(frame) == NULL) {
            continue;
        }
        PyObject *code = code_wrapped_by(frame_function(frame));
        if (code != NULL && (count < WRAPPED_WITHIN || is_on_stack(top, code))) {
            if (row->wrapped_count == WRAPPED_MOST) {
                memmove(row->wrapped, row->wrapped + 1, sizeof row->wrapped - sizeof row->wrapped[0]);
                row->wrapped[--row->wrapped_count] = (Wrapped){0};
            }
            row->wrapped[row->wrapped_count++] = (Wrapped){(PyCodeObject *)code, at};
        }
        at++;
    }
}

/* The row of what runs now, by its stack; NULL: nothing does, or there are too many. */
static Inserting *find_row(Frame *top)
{
    Counts *counts = watched.counts;
    Inserting row = {.stack = stack_take()};
    if (row.stack == 0) {
        return NULL;
    }
    find_wrapped(top, &row);
    size_t at = spread(row.stack + ((uintptr_t)row.wrapped[0].code >> 4), SLOTS);
    for (; counts->places[at] != 0; at = (at + 1) % SLOTS) {
        Inserting *there = &counts->rows[counts->places[at] - 1];
        if (there->stack == row.stack && memcmp(there->wrapped, row.wrapped, sizeof row.wrapped) == 0) {
            stack_drop(row.stack);
            return there;
        }
    }
    if (watched.now.stacks == INSERTING_STACKS_MOST) {
        stack_drop(row.stack);
        return NULL;
    }
    Inserting *added = &counts->rows[watched.now.stacks++];
    *added = row;
    for (uint32_t i = 0; i < row.wrapped_count; i++) {
        Py_INCREF(row.wrapped[i].code);
    }
    counts->places[at] = watched.now.stacks;
    return added;
}

static void count_insertions(uint64_t count)
{
    PyThreadState *thread = current_thread();
    Frame *top = thread == NULL ? NULL : thread_top_frame(thread);
    uint64_t hash = hash_stack(top);
    Known *known = &watched.counts->known[(hash >> 32) % SLOTS];
    watched.now.inserted += count;
    if (watched.most > 0 && watched.now.inserted >= watched.most) {
        watched.now.end = INSERTIONS_ENOUGH;
    }
    if (known->row == 0 || known->hash != hash) {
        Inserting *row = find_row(top);
        if (row == NULL) {
            watched.now.unplaced += count;
            return;
        }
        *known = (Known){hash, (uint32_t)(row - watched.counts->rows) + 1};
    }
    watched.counts->rows[known->row - 1].count += count;
}

/* Called before each change. Nothing of Python's API, no allocation. */
static int notice(PyDict_WatchEvent event, PyObject *dict, PyObject *key, PyObject *value)
{
    if (dict != watched.dict) {
        return 0;
    }
    if (event == PyDict_EVENT_DEALLOCATED) { /* also after the count has ended, and in a forked child */
        watched.dict = NULL;
    }
    if (watched.now.end != INSERTIONS_COUNTED) {
        return 0;
    }
    switch (event) {
    case PyDict_EVENT_ADDED:
        count_insertions(1);
        break;
    case PyDict_EVENT_CLONED: /* of a dict that was empty; `key` is what it becomes a copy of */
        count_insertions((uint64_t)PyDict_GET_SIZE(key));
        break;
    case PyDict_EVENT_DELETED:
        watched.now.removed++;
        break;
    case PyDict_EVENT_CLEARED:
        watched.now.removed += (uint64_t)PyDict_GET_SIZE(dict);
        break;
    case PyDict_EVENT_DEALLOCATED:
        watched.now.end = INSERTIONS_DICT_GONE;
        break;
    case PyDict_EVENT_MODIFIED:
        break;
    }
    return 0;
}

/* The child has a copy of the dict that nobody asked about. */
static void stop_in_child(void)
{
    watched.now.end = watched.now.on ? INSERTIONS_FORKED : watched.now.end;
}

static bool prepare(void)
{
    static bool follows_forks;
    if (!follows_forks) {
        follows_forks = pthread_atfork(NULL, NULL, stop_in_child) == 0;
    }
    watched.counts = memory_map(sizeof *watched.counts);
    return watched.counts != NULL && follows_forks && stacks_prepare();
}

static void give_back(void)
{
    Counts *counts = watched.counts;
    watched.counts = NULL;
    for (uint32_t at = 0; counts != NULL && at < watched.now.stacks; at++) {
        stack_drop(counts->rows[at].stack);
        for (uint32_t i = 0; i < counts->rows[at].wrapped_count; i++) {
            Py_DECREF(counts->rows[at].wrapped[i].code);
        }
    }
    memory_unmap(counts, sizeof *counts);
    stacks_release(UINT32_MAX);
}

const char *insertions_begin(PyObject *dict, uint64_t most)
{
    insertions_finish();
    watched.now = (Insertions){0};
    if (!prepare()) {
        give_back();
        return "memory";
    }
    watched.id = PyDict_AddWatcher(notice);
    if (watched.id < 0) {
        PyErr_Clear();
        give_back();
        return "watchers";
    }
    watched.dict = dict;
    watched.most = most;
    watched.now.on = true;
    if (PyDict_Watch(watched.id, dict) < 0) {
        PyErr_Clear();
        insertions_finish();
        return "dict";
    }
    return NULL;
}

void insertions_finish(void)
{
    if (!watched.now.on) {
        return;
    }
    if (watched.dict != NULL && PyDict_Unwatch(watched.id, watched.dict) < 0) {
        PyErr_Clear();
    }
    if (PyDict_ClearWatcher(watched.id) < 0) {
        PyErr_Clear();
    }
    watched.dict = NULL;
    watched.now.on = false;
    give_back();
}

Insertions insertions_state(void)
{
    return watched.now;
}

Py_ssize_t insertions_length(void)
{
    return watched.dict == NULL ? 0 : PyDict_GET_SIZE(watched.dict);
}

static int by_count(const void *one, const void *other)
{
    const Inserting *left = one, *right = other;
    return left->count != right->count ? (left->count < right->count ? 1 : -1)
        : left->stack < right->stack ? -1 : left->stack > right->stack;
}

uint32_t insertions_list(Inserting out[INSERTING_STACKS_MOST])
{
    uint32_t count = watched.counts == NULL ? 0 : watched.now.stacks;
    if (count > 0) {
        memcpy(out, watched.counts->rows, count * sizeof *out);
    }
    qsort(out, count, sizeof *out, by_count);
    return count;
}

#else

const char *insertions_begin(PyObject *dict, uint64_t most)
{
    return "version";
}

void insertions_finish(void)
{
}

Insertions insertions_state(void)
{
    return (Insertions){0};
}

Py_ssize_t insertions_length(void)
{
    return 0;
}

uint32_t insertions_list(Inserting out[INSERTING_STACKS_MOST])
{
    return 0;
}

#endif
