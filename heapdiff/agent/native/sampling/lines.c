#include "sampling/lines.h"

#include <limits.h>
#include <stdlib.h>

#include "sampling/call_stacks.h"
#include "sampling/hook.h"
#include "sampling/line_blocks.h"

enum { PLACES = 2 * WATCHED_MOST };

static Watched watched[PLACES]; /* by the address of its code; half of them are empty */
static unsigned watched_count;
static bool on, tracing;

static Watched *place_of(const PyCodeObject *code)
{
    unsigned at = (unsigned)((((uintptr_t)code >> 4) * 0x9E3779B97F4A7C15ull) >> 40) % PLACES;
    while (watched[at].code != code && watched[at].code != NULL) {
        at = (at + 1) % PLACES;
    }
    return &watched[at];
}

static bool is_watched(const PyCodeObject *code)
{
    return place_of(code)->code != NULL;
}

/* The interpreter ended, and all code with it. */
static void end(void)
{
    stacks_forget();
    hook_unfollow();
    line_blocks_clear();
    on = false;
}

static bool prepare(void)
{
    static bool prepared;
    if (!line_blocks_prepare(is_watched)) {
        return false;
    }
    prepared = prepared || Py_AtExit(end) == 0;
    return prepared;
}

const char *lines_watch(PyCodeObject *code, int first_line, uint32_t lines)
{
    Watched *place = place_of(code);
    if (place->code != NULL) {
        return NULL;
    }
    if (watched_count == WATCHED_MOST || lines > WATCHED_LINES_MOST) {
        return "too much code is profiled line by line";
    }
    uint64_t *runs = calloc(lines + 1, sizeof *runs);
    if (runs == NULL) {
        return "no memory for the figures of one more function";
    }
    watched_count++;
    *place = (Watched){(PyCodeObject *)Py_NewRef(code), first_line, lines, 0, runs};
    return NULL;
}

const char *lines_start(void)
{
    if (PyThreadState_Get()->interp != PyInterpreterState_Main()) {
        return "only the main interpreter can be profiled line by line";
    }
    lines_stop();
    if (!prepare()) {
        return "no memory to profile line by line";
    }
    for (unsigned at = 0; at < PLACES; at++) {
        watched[at].calls = 0;
        if (watched[at].code != NULL) {
            memset(watched[at].runs, 0, watched[at].lines * sizeof *watched[at].runs);
        }
    }
    if (!hook_follow()) {
        hook_unfollow();
        return "another profiler stands before Python's allocators (tracemalloc, memray)";
    }
    on = true;
    return NULL;
}

bool lines_stop(void)
{
    bool complete = !on || hook_follows_all();
    if (on) {
        on = false;
        hook_unfollow();
    }
    return complete;
}

void lines_forget(void)
{
    lines_stop();
    tracing = false;
    line_blocks_clear();
    stacks_release(UINT_MAX);
    for (unsigned at = 0; at < PLACES; at++) {
        Watched gone = watched[at];
        watched[at] = (Watched){0};
        free(gone.runs);
        Py_XDECREF(gone.code);
    }
    watched_count = 0;
}

const Watched *lines_watched(unsigned place)
{
    return &watched[place];
}

/* Small numbers and those of a free list were not made for the event. */
static Watched *counted(const PyCodeObject *code, const void *argument)
{
    if (line_blocks_is_newest(argument)) {
        line_blocks_take_back(argument);
    }
    return on ? place_of(code) : NULL;
}

void lines_count_call(const PyCodeObject *code, const void *argument)
{
    Watched *found = counted(code, argument);
    if (found != NULL && found->code != NULL) {
        found->calls++;
    }
}

void lines_count_line(const PyCodeObject *code, int line, const void *argument)
{
    Watched *found = counted(code, argument);
    if (found != NULL && found->code != NULL && line >= found->first_line
        && (uint32_t)(line - found->first_line) < found->lines) {
        found->runs[line - found->first_line]++;
    }
}

#if PY_VERSION_HEX < 0x030C0000
/* Only what begins is a call: a generator that goes on is one event, too. The object of a frame is made for us, that of one which
   begins in any case: of a code's first one, something else is made after it. */
static int trace(PyObject *ignored, PyFrameObject *frame, int what, PyObject *argument)
{
    const void *made = (const PyGC_Head *)frame - 1;
    PyCodeObject *code = frame->f_frame->f_code;
    if (!tracing) {
        PyEval_SetTrace(NULL, NULL);
    } else if (what == PyTrace_CALL && _Py_OPARG(*frame_instruction(frame->f_frame)) == 0) {
        line_blocks_take_back(made);
        lines_count_call(code, NULL);
    } else if (what == PyTrace_LINE) {
        lines_count_line(code, PyFrame_GetLineNumber(frame), made);
    } else if (line_blocks_is_newest(made)) {
        line_blocks_take_back(made);
    }
    return 0;
}

bool lines_trace(bool wanted)
{
    Py_tracefunc now = PyThreadState_Get()->c_tracefunc;
    if (now != NULL && now != trace) {
        return false;
    }
    tracing |= wanted;
    if (wanted != (now == trace)) {
        PyEval_SetTrace(wanted ? trace : NULL, NULL);
    }
    return true;
}
#else
bool lines_trace(bool wanted)
{
    return false;
}
#endif
