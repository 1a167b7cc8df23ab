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
#include "cpython/internals.h"
#include "directory/reservation.h"
#include "platform/clock.h"
#include "platform/message.h"
#include "platform/place.h"
#include "platform/system.h"

enum { COLLECTING_TRIES = 200, GRACE_S = 5, MEGABYTE = 1000000 };

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

static bool has_room(Attempt *attempt)
{
    CaptureOrder *order = &attempt->order;
    CaptureSize size = {order->place.path, order->memory.rss, attempt->last_graph_bytes, attempt->last_rss};
    char reason[NOTE_MOST - 16];
    order->graph = attempt->request.wish.graph;
    const CaptureBounds *bounds = &attempt->bounds;
    Room room = bounds->headroom ? headroom_judge(&bounds->needs, &size, reason, sizeof reason) : ROOM_GRAPH;
    if (room != ROOM_GRAPH) {
        cut_at_character(reason, strlen(reason));
    }
    if (room == ROOM_NONE) {
        fail(attempt, "%s", reason);
    } else if (room == ROOM_SUMMARY && order->graph) {
        snprintf(order->note, sizeof order->note, "no graph: %s", reason);
        order->graph = false;
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
    const char *reason = NULL;
    bool chosen = request->stem[0] != '\0';
    if (request->directory[0] == '\0') {
        snprintf(request->directory, sizeof request->directory, "%s", attempt->settings.directory);
    }
    int directory = chosen ? open(request->directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
                           : open_private_directory(request->directory, &reason);
    if (directory < 0 || !place_take(place, request->directory, directory)) {
        fail(attempt, "cannot use the directory %s: %s", request->directory,
             reason == NULL ? describe_error(errno) : reason);
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
    read_process_memory(&order->memory);
    if (!has_room(attempt) || !reserve_name(attempt)) {
        return false;
    }
    attempt->listener->announce(order->stem);
    memcpy(order->label, request->wish.label, sizeof order->label);
    order->has_label = request->wish.has_label;
    order->values = request->wish.values && order->graph;
    order->trigger = request->trigger;
    order->version = settings->version;
    order->server = settings->server;
    order->argv_json = settings->argv_json == NULL ? "" : settings->argv_json;
    order->started_at = settings->started_at;
    order->host = settings->host;
    order->identity = settings->identity;
    order->keep = chosen ? 0 : settings->keep;
    order->max_bytes = chosen ? 0 : attempt->bounds.max_bytes;
    order->deadline_s = request->deadline_s > 0 ? request->deadline_s : settings->deadline_s;
    order->pid = (int)getpid();
    order->parent_pid = (int)getppid();
    order->requests = attempt->requests;
    order->crash_after = attempt->crash_after;
    return true;
}

/* The one moment in which the worker stands still. A collection under way keeps objects in lists of its own, so wait
   for its end, up to a limit. */
static pid_t fork_with_gil(Attempt *attempt, CaptureReport *report)
{
    if (interpreter_is_ending()) {
        fail(attempt, "the interpreter is shutting down");
        return -1;
    }
    PyGILState_STATE state = PyGILState_Ensure();
    for (int tries = 0; gc_is_collecting(PyInterpreterState_Main()) && tries < COLLECTING_TRIES; tries++) {
        struct timespec pause = {.tv_nsec = 5000000};
        PyGILState_Release(state);
        nanosleep(&pause, NULL);
        state = PyGILState_Ensure();
    }
    uint64_t start = monotonic_ns();
    pid_t child = bare_fork();
    if (child == 0) {
        capture_child(&attempt->order, report);
    }
    int error = errno;
    report->pause_ns = monotonic_ns() - start;
    PyGILState_Release(state);
    if (child < 0) {
        fail(attempt, "fork failed: %s", describe_error(error));
    }
    return child;
}

/* Reaps the child, whatever becomes of it. True when it reported success. */
static bool await_child(Attempt *attempt, pid_t child, CaptureReport *report)
{
    int status = 0;
    bool killed = false;
    uint64_t deadline = monotonic_ns() + ((uint64_t)attempt->order.deadline_s + GRACE_S) * 1000000000u;
    pid_t reaped;
    while ((reaped = waitpid(child, &status, WNOHANG | __WALL)) == 0 || (reaped < 0 && errno == EINTR)) {
        attempt->listener->tick(attempt, report);
        if (!killed && monotonic_ns() > deadline) {
            kill(child, SIGKILL);
            killed = true;
        }
    }
    if (report->done) {
        return true;
    }
    if (report->error == ENOSPC || report->error == EDQUOT) {
        double needed = (double)attempt->order.memory.rss * attempt->bounds.needs.disk.first_share;
        fail(attempt, "cannot write %s in %s: %s; a graph needs about %.1f MB (snapshot --to PATH writes elsewhere)",
             attempt->order.stem, attempt->request.directory, report->reason, needed / MEGABYTE);
    } else if (report->error != 0) {
        fail(attempt, "cannot write %s in %s: %s", attempt->order.stem, attempt->request.directory, report->reason);
    } else if (reaped == child && WIFSIGNALED(status) && WTERMSIG(status) == SIGALRM) {
        fail(attempt, "the snapshot took longer than %u s and was ended", attempt->order.deadline_s);
    } else if (reaped == child && WIFSIGNALED(status)) {
        fail(attempt, "the capturing child was ended by signal %d (%s)", WTERMSIG(status),
             WTERMSIG(status) == SIGKILL ? "perhaps out of memory" : strsignal(WTERMSIG(status)));
    } else {
        fail(attempt, "the capturing child ended without a result");
    }
    return false;
}

static bool run_child(Attempt *attempt, CaptureReport *report)
{
    pid_t child = fork_with_gil(attempt, report);
    bool done = child > 0 && await_child(attempt, child, report);
    int directory = done ? -1 : place_open(&attempt->order.place);
    if (directory >= 0) {
        remove_remains(directory, attempt->order.stem, report->graph_stands);
        close(directory);
    }
    return done;
}

bool attempt_run(Attempt *attempt, CaptureReport *report)
{
    return prepare(attempt) && run_child(attempt, report);
}

void attempt_path(char out[PATH_MOST + STEM_MOST + 8], const Attempt *attempt)
{
    char *at = stpcpy(out, attempt->request.directory);
    *at++ = '/';
    strcpy(stpcpy(at, attempt->order.stem), SUMMARY_SUFFIX);
}
