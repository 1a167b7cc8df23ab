#define _GNU_SOURCE
#include "watching/assignment.h"

#include <pthread.h>
#include <string.h>

#include "platform/clock.h"
#include "platform/memory.h"
#include "types/places.h"
#include "types/titles.h"
#include "watching/insertions.h"
#include "watching/sightings.h"

enum { TICK_MS = 200, TOLD_MOST = 50000 };
typedef enum { NONE, STARTING, WATCHING, ENDED, REFUSED } State;

/* What both sides know. */
static struct {
    pthread_mutex_t lock;
    State state;
    Assignment assignment;
    bool cancelled, asked;     /* somebody wants to know more than `told` */
    const char *reason;        /* why it ended, or was refused: a word */
    char told[TOLD_MOST];      /* further members of an object */
    size_t told_bytes;
} shared = {.lock = PTHREAD_MUTEX_INITIALIZER};

/* What only the watcher's thread knows. */
static struct {
    uint64_t until_ns;
    Insertions told;
    char type[TYPE_TEXT_MOST + 2];
    ImportRoots roots;
} own;

typedef struct {
    bool starts, stops, asked;
} Turn;

static void begin_anew_in_child(void)
{
    pthread_mutex_init(&shared.lock, NULL);
    shared.state = NONE;
    shared.told_bytes = 0;
}

/* --- for the door ---------------------------------------------------------------------------------------------- */

bool watching_assign(const Assignment *assignment)
{
    static bool follows_forks;
    if (!follows_forks) {
        follows_forks = pthread_atfork(NULL, NULL, begin_anew_in_child) == 0;
    }
    pthread_mutex_lock(&shared.lock);
    bool free = follows_forks && shared.state != STARTING && shared.state != WATCHING;
    if (free) {
        shared.state = STARTING;
        shared.assignment = *assignment;
        shared.cancelled = shared.asked = false;
        shared.reason = "";
        shared.told_bytes = 0;
    }
    pthread_mutex_unlock(&shared.lock);
    return free;
}

void watching_cancel(uint64_t number)
{
    pthread_mutex_lock(&shared.lock);
    shared.cancelled = shared.cancelled || number == shared.assignment.number;
    pthread_mutex_unlock(&shared.lock);
}

void watching_tell(Text *text)
{
    static const char *const states[] = {"none", "starting", "watching", "ended", "refused"};
    pthread_mutex_lock(&shared.lock);
    text_add(text, "{");
    text_add_count(text, "number", shared.assignment.number);
    text_add_string(text, "state", states[shared.state]);
    text_add_string(text, "reason", shared.reason == NULL ? "" : shared.reason);
    text_add_bytes(text, shared.told, shared.told_bytes);
    text_add(text, "}");
    shared.asked = true;
    pthread_mutex_unlock(&shared.lock);
}

/* --- for the watcher's thread, with the GIL -------------------------------------------------------------------- */

static void leave(State state, const char *reason, Text *text)
{
    pthread_mutex_lock(&shared.lock);
    shared.state = state;
    shared.reason = reason;
    if (text->text != NULL && !text->failed && text->used <= TOLD_MOST) {
        memcpy(shared.told, text->text, text->used);
        shared.told_bytes = text->used;
    }
    pthread_mutex_unlock(&shared.lock);
}

/* `dict`, `shop.cache.Store` */
static void name_type(PyTypeObject *type, char name[TYPE_TEXT_MOST + 2])
{
    static const char built_in[] = "builtins";
    char title[TYPE_TEXT_MOST];
    size_t module_bytes, bytes = type_text(type, title, &module_bytes);
    bool bare = module_bytes == 0 || (module_bytes == sizeof built_in - 1 && memcmp(title, built_in, module_bytes) == 0);
    char *end = bare ? name : stpcpy(mempcpy(name, title, module_bytes), ".");
    *(char *)mempcpy(end, title + module_bytes, bytes - module_bytes) = '\0';
}

static void refuse(HolderResult result, const Holder *holder, Text *text)
{
    static const char *const reasons[] = {"", "malformed", "no-module", "no-object", "no-step", "inline", "no-dict"};
    char name[CODE_BYTES_MOST];
    text_add_count(text, "step", holder->step);
    if (holder->object != NULL) {
        name_type(Py_TYPE(holder->object), own.type);
        text_add_string(text, "type", own.type);
    }
    text_add_name(text, "dicts");
    text_add(text, "[");
    unsigned told = 0;
    for (unsigned i = 0; i < holder->dict_count; i++) {
        size_t bytes = str_utf8(holder->dicts[i], name, sizeof name);
        if (is_identifier_text(name, bytes)) {
            text_add(text, told++ > 0 ? ", " : "");
            text_add_json(text, name, bytes);
        }
    }
    if (holder->has_own_dict) {
        text_add(text, told > 0 ? ", \"__dict__\"" : "\"__dict__\"");
    }
    text_add(text, "]");
    leave(REFUSED, reasons[result], text);
}

static void tell(State state, const char *reason, Text *text)
{
    own.told = insertions_state();
    text_add_string(text, "type", own.type);
    tell_sightings(text, &own.roots);
    leave(state, reason, text);
}

static void start(const Assignment *assignment, Text *text)
{
    Holder holder;
    HolderResult result = holder_find(assignment->path, &holder);
    if (result != HOLDER_FOUND) {
        refuse(result, &holder, text);
        return;
    }
    const char *refusal = insertions_begin(holder.object, assignment->most);
    if (refusal != NULL) {
        leave(REFUSED, refusal, text);
        return;
    }
    own.until_ns = monotonic_ns() + assignment->seconds * 1000000000ull;
    import_roots_read(&own.roots, PyInterpreterState_Main());
    name_type(Py_TYPE(holder.object), own.type);
    tell(WATCHING, "", text);
}

/* Why the watch is over; NULL while it goes on. */
static const char *ending(bool cancelled)
{
    static const char *const ends[] = {NULL, "count", "gone", "forked"};
    const char *end = ends[insertions_state().end];
    return end != NULL ? end : cancelled ? "asked" : monotonic_ns() >= own.until_ns ? "time" : NULL;
}

static bool is_news(void)
{
    Insertions now = insertions_state();
    return now.inserted != own.told.inserted || now.removed != own.told.removed;
}

static void go_on(const Turn *turn, Text *text)
{
    const char *end = ending(turn->stops);
    if (insertions_state().end == INSERTIONS_FORKED) {
        insertions_finish();
    } else if (end != NULL) {
        tell(ENDED, end, text);
        insertions_finish();
    } else {
        tell(WATCHING, "", text);
    }
}

static Turn take_turn(Assignment *assignment)
{
    pthread_mutex_lock(&shared.lock);
    Turn turn = {shared.state == STARTING, shared.cancelled, shared.asked};
    if (turn.starts) {
        *assignment = shared.assignment;
    }
    shared.asked = false;
    pthread_mutex_unlock(&shared.lock);
    return turn;
}

/* Whether there is something to do with the GIL. Reads counts that may be changing: that is seen the next time. */
static bool is_due(const Turn *turn)
{
    return turn->starts
        || (insertions_state().on
            && (ending(turn->stops) != NULL || (turn->asked && is_news() && !tracemalloc_is_tracing())));
}

static bool do_turn(bool stop)
{
    static Assignment assignment;
    Text text = {0};
    Turn turn = take_turn(&assignment);
    turn.stops = turn.stops || stop;
    if (!is_due(&turn) || interpreter_is_ending()) {
        return insertions_state().on;
    }
    PyGILState_STATE gil = hold_gil();
    text_init(&text, 1 << 16);
    if (!turn.starts) {
        go_on(&turn, &text);
    } else if (turn.stops) {
        leave(ENDED, "asked", &text);
    } else {
        start(&assignment, &text);
    }
    PyGILState_Release(gil);
    memory_unmap(text.text, text.capacity);
    return insertions_state().on;
}

unsigned watching_tick(void)
{
    return do_turn(false) ? TICK_MS : 0;
}

void watching_stop(void)
{
    do_turn(true);
}
