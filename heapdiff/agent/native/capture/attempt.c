#define _GNU_SOURCE
#include "capture/attempt.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "capture/capture.h"
#include "capture/headroom.h"
#include "cpython/collector.h"
#include "cpython/internals.h"
#include "directory/access.h"
#include "directory/reservation.h"
#include "platform/cgroup.h"
#include "platform/clock.h"
#include "platform/message.h"
#include "platform/place.h"
#include "platform/system.h"
#include "sampling/sampler.h"

enum { COLLECTING_TRIES = 200, APART_TRIES = 500, GRACE_S = 5, REASON_MOST = NOTE_MOST - 128, MEGABYTE = 1000000 };

static void fail(Attempt *attempt, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Half a character at the end would make text of it that nobody can decode. */
static void cut_at_character(char *text, size_t end)
{
    while (end > 0 && ((unsigned char)text[end - 1] & 0xC0) == 0x80) {
        end--;
    }
    text[end > 0 && (unsigned char)text[end - 1] >= 0xC0 ? end - 1 : end] = '\0';
}

static void fail(Attempt *attempt, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(attempt->error, sizeof attempt->error, format, arguments);
    va_end(arguments);
    if (length >= (int)sizeof attempt->error) {
        cut_at_character(attempt->error, sizeof attempt->error - 1);
    }
}

static bool looks_for_room(const Attempt *attempt)
{
    return attempt->bounds.headroom && !attempt->request.wish.force;
}

static CaptureSize size_of(const Attempt *attempt)
{
    const ProcessMemory *memory = &attempt->order.memory;
    return (CaptureSize){attempt->order.place.path, memory->rss, memory->tables, attempt->history};
}

static void note(CaptureOrder *order, const char *reason)
{
    static const char *const lacks[] = {"", "no graph", "no graph, and types only of what the garbage collector tracks",
                                        "no graph and no types, only the process's memory"};
    snprintf(order->note, sizeof order->note, "%s: %s (snapshot --force tries all the same)", lacks[order->room], reason);
}

static bool has_room(Attempt *attempt)
{
    CaptureOrder *order = &attempt->order;
    CaptureSize size = size_of(attempt);
    char reason[REASON_MOST] = "";
    Room wanted = attempt->request.wish.graph ? ROOM_GRAPH : ROOM_SUMMARY;
    Room room = looks_for_room(attempt) ? headroom_judge(&attempt->bounds.needs, &size, reason, sizeof reason) : wanted;
    cut_at_character(reason, strlen(reason));
    order->room = room > wanted ? room : wanted;
    if (room == ROOM_NONE) {
        fail(attempt, "%s; heapdiff snapshot --force tries all the same", reason);
    } else if (room > wanted) {
        note(order, reason);
    }
    return room != ROOM_NONE;
}

static bool reserve_name(Attempt *attempt)
{
    CaptureOrder *order = &attempt->order;
    char time[17];
    int directory = place_open(&order->place);
    snprintf(order->stem, sizeof order->stem, "%s", attempt->request.stem);
    format_compact_time(&order->captured_at, time);
    bool taken = directory >= 0
        && (order->stem[0] != '\0' ? reserve(directory, order->stem)
                                   : reserve_free(directory, order->stem, attempt->settings.host, attempt->sequence, time));
    if (!taken) {
        fail(attempt, "cannot write %s in %s: %s", order->stem, attempt->request.directory, describe_error(errno));
    }
    if (directory >= 0) {
        close(directory);
    }
    return taken;
}

static bool find_place(Attempt *attempt)
{
    CaptureRequest *request = &attempt->request;
    Place *place = &attempt->order.place;
    char reason[REFUSAL_MOST] = "";
    bool chosen = request->stem[0] != '\0';
    if (request->directory[0] == '\0') {
        snprintf(request->directory, sizeof request->directory, "%s", attempt->settings.directory);
    }
    int directory = chosen ? open(request->directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
                           : open_private_directory(request->directory, reason, sizeof reason);
    if (directory < 0 || !place_take(place, request->directory, directory)) {
        fail(attempt, "cannot use the directory %s: %s", request->directory,
             reason[0] == '\0' ? describe_error(errno) : reason);
    }
    if (directory >= 0) {
        close(directory);
    }
    return place->path != NULL;
}

static bool prepare(Attempt *attempt)
{
    const CaptureSettings *settings = &attempt->settings;
    CaptureRequest *request = &attempt->request;
    CaptureOrder *order = &attempt->order;
    bool chosen = request->directory[0] != '\0';
    if (!find_place(attempt)) {
        return false;
    }
    clock_gettime(CLOCK_REALTIME, &order->captured_at);
    order->began_ns = monotonic_ns();
    order->trigger_rss = attempt->trigger_rss;
    read_process_memory(&order->memory);
    if (!has_room(attempt) || !reserve_name(attempt)) {
        return false;
    }
    attempt->listener->announce(order->stem);
    memcpy(order->label, request->wish.label, sizeof order->label);
    order->has_label = request->wish.has_label;
    order->values = request->wish.values && order->room == ROOM_GRAPH;
    order->hashes = settings->hashes && order->room == ROOM_GRAPH;
    order->trigger = request->trigger;
    order->version = settings->version;
    order->server = settings->server;
    order->argv_json = settings->argv_json == NULL ? "" : settings->argv_json;
    order->started_at = settings->started_at;
    order->host = settings->host;
    order->identity = settings->identity;
    order->deployment = &settings->deployment;
    order->keep = chosen ? 0 : settings->keep;
    order->max_bytes = chosen ? 0 : attempt->bounds.max_bytes;
    order->deadline_s = request->deadline_s > 0 ? request->deadline_s : settings->deadline_s;
    order->pid = (int)getpid();
    order->parent_pid = (int)getppid();
    order->crash_after = attempt->crash_after;
    return true;
}

/* While the child leaves the table of descriptors, the kernel holds some for it. No Python code runs meanwhile that could
   find something open that it has closed; but for some 30 ms at most, should the child not get its turn. */
static void await_parting(const CaptureReport *report)
{
    const struct timespec moment = {.tv_nsec = 10000};
    for (int tries = 0; !report->apart && tries < APART_TRIES; tries++) {
        nanosleep(&moment, NULL);
    }
}

/* The one moment in which the worker stands still. A collection under way keeps objects in lists of its own, so wait
   for its end, up to a limit. */
static pid_t fork_with_gil(Attempt *attempt, CaptureReport *report)
{
    if (interpreter_is_ending()) {
        fail(attempt, "the interpreter is shutting down");
        return -1;
    }
    PyGILState_STATE state = hold_gil();
    for (int tries = 0; gc_is_collecting(PyInterpreterState_Main()) && tries < COLLECTING_TRIES; tries++) {
        struct timespec pause = {.tv_nsec = 5000000};
        PyGILState_Release(state);
        nanosleep(&pause, NULL);
        state = hold_gil();
    }
    sampling_tick(); /* no sample of a block that was freed unseen */
    uint64_t start = monotonic_ns();
    pid_t child = bare_fork();
    if (child == 0) {
        capture_child(&attempt->order, report);
    }
    int error = errno;
    if (child > 0) {
        await_parting(report);
    }
    report->pause_ns = monotonic_ns() - start;
    PyGILState_Release(state);
    if (child < 0) {
        attempt->starved = error == ENOMEM && looks_for_room(attempt);
        fail(attempt, "fork failed: %s", describe_error(error));
    }
    return child;
}

/* Whether the child's time or the memory is over: then it is ended. */
static bool is_over(Attempt *attempt, uint64_t deadline)
{
    CaptureSize size = size_of(attempt);
    attempt->starved = looks_for_room(attempt) && headroom_ends(&attempt->bounds.needs, &size);
    return attempt->starved || monotonic_ns() > deadline;
}

/* Follows the child to its end. What the parent writes to meanwhile is copied, with a fault for each page. */
static pid_t follow(Attempt *attempt, pid_t child, CaptureReport *report, int *status)
{
    bool killed = false;
    uint64_t before = faulted_bytes();
    uint64_t deadline = monotonic_ns() + ((uint64_t)attempt->order.deadline_s + GRACE_S) * 1000000000u;
    pid_t reaped;
    while ((reaped = waitpid(child, status, WNOHANG | __WALL)) == 0 || (reaped < 0 && errno == EINTR)) {
        attempt->listener->tick(attempt, report);
        report->copied_bytes = faulted_bytes() - before;
        if (!killed && is_over(attempt, deadline)) {
            end_process(child);
            killed = true;
        }
    }
    return reaped;
}

/* Reaps the child, whatever becomes of it. True when it reported success. `kills`: as many as there were before it began. One
   that ends of itself before it has left the descriptors found no memory for a table of its own. */
static bool await_child(Attempt *attempt, pid_t child, CaptureReport *report, uint64_t kills)
{
    int status = 0;
    pid_t reaped = follow(attempt, child, report, &status);
    bool ended = reaped == child && WIFSIGNALED(status);
    attempt->starved = !report->done && looks_for_room(attempt)
        && (attempt->starved || report->error == ENOMEM || (ended ? memory_kills() > kills : !report->apart));
    if (report->done) {
        return true;
    }
    if (attempt->starved) {
        fail(attempt, "memory became short while a child walked the heap");
    } else if (report->error == ENOSPC || report->error == EDQUOT) {
        double needed = (double)attempt->order.memory.rss * attempt->bounds.needs.disk.first_share;
        fail(attempt, "cannot write %s in %s: %s; a graph needs about %.1f MB (snapshot --to PATH writes elsewhere)",
             attempt->order.stem, attempt->request.directory, report->reason, needed / MEGABYTE);
    } else if (report->error != 0) {
        fail(attempt, "cannot write %s in %s: %s", attempt->order.stem, attempt->request.directory, report->reason);
    } else if (ended && WTERMSIG(status) == SIGALRM) {
        fail(attempt, "the snapshot took longer than %u s and was aborted", attempt->order.deadline_s);
    } else if (ended) {
        fail(attempt, "the capturing child was killed by signal %d (%s)", WTERMSIG(status),
             WTERMSIG(status) == SIGKILL ? "perhaps out of memory" : strsignal(WTERMSIG(status)));
    } else {
        fail(attempt, "the capturing child exited without a result");
    }
    return false;
}

static bool take_figures(Attempt *attempt, CaptureReport *report)
{
    if (interpreter_is_ending()) {
        fail(attempt, "the interpreter is shutting down");
        return false;
    }
    PyGILState_STATE state = hold_gil();
    report->collector = collector_state();
    PyGILState_Release(state);
    int directory = place_open(&attempt->order.place);
    if (directory < 0 || !capture_figures(&attempt->order, report, directory)) {
        fail(attempt, "cannot write %s in %s: %s", attempt->order.stem, attempt->request.directory, describe_error(errno));
    }
    if (directory >= 0) {
        close(directory);
    }
    return report->done;
}

static bool take(Attempt *attempt, CaptureReport *report)
{
    if (attempt->order.room == ROOM_FIGURES) {
        return take_figures(attempt, report);
    }
    uint64_t kills = memory_kills();
    pid_t child = fork_with_gil(attempt, report);
    if (child > 0) {
        attempt->listener->forked(report->pause_ns);
    }
    return child > 0 && await_child(attempt, child, report, kills);
}

/* No descriptor stays open while a child works: the application may close it, and open something else under its number. */
static void clean_up(const Attempt *attempt, const CaptureReport *report, bool ends)
{
    int directory = place_open(&attempt->order.place);
    if (directory < 0) {
        return;
    }
    if (ends) {
        remove_remains(directory, attempt->order.stem, report->graph_stands);
    } else {
        remove_graph(directory, attempt->order.stem);
    }
    close(directory);
}

/* What the next capture is judged by. One that could not walk to its end met fewer copies than a whole one would have; one
   that did not walk says nothing, so what is known fades slowly. */
static void learn(Attempt *attempt, const CaptureReport *report)
{
    CaptureHistory *history = &attempt->history;
    if (attempt->order.room == ROOM_FIGURES) {
        history->copied_bytes -= history->copied_bytes / 8;
    } else if (report->done || (attempt->starved && attempt->repeated)) {
        history->copied_bytes = report->done ? report->copied_bytes : report->copied_bytes * 2;
    }
    if (report->done && attempt->order.room == ROOM_GRAPH) {
        history->graph_bytes = report->heap_bytes;
        history->rss = attempt->order.memory.rss;
    }
}

/* After a child that had too little memory: the same once more, for a collection of the whole heap writes to all of it, and
   passes; then less, as much as there is room for now. */
static bool lower(Attempt *attempt, CaptureReport *report)
{
    CaptureOrder *order = &attempt->order;
    if (!attempt->starved || order->room >= ROOM_FIGURES) {
        return false;
    }
    char ignored[REASON_MOST];
    CaptureSize size = size_of(attempt);
    Room room = headroom_judge(&attempt->bounds.needs, &size, ignored, sizeof ignored);
    Room most = attempt->repeated ? order->room + 1 : order->room;
    attempt->repeated = true;
    room = room > most ? room : most;
    if (room > order->room) {
        order->room = room < ROOM_FIGURES ? room : ROOM_FIGURES;
        order->values = false;
        note(order, attempt->error);
    }
    clean_up(attempt, report, false);
    memset(report, 0, sizeof *report);
    return true;
}

bool attempt_run(Attempt *attempt, CaptureReport *report)
{
    if (!prepare(attempt)) {
        return false;
    }
    bool done;
    do {
        done = take(attempt, report);
        learn(attempt, report);
    } while (!done && lower(attempt, report));
    if (!done) {
        clean_up(attempt, report, true);
    }
    return done;
}

void attempt_path(char out[PATH_MOST + STEM_MOST + 8], const Attempt *attempt)
{
    char *at = stpcpy(out, attempt->request.directory);
    *at++ = '/';
    strcpy(stpcpy(at, attempt->order.stem), SUMMARY_SUFFIX);
}
