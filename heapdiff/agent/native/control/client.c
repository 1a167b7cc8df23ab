#define _GNU_SOURCE
#include "control/client.h"

#include <poll.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "capacity/malloc_use.h"
#include "capacity/trimming.h"
#include "capture/calls.h"
#include "control/errands.h"
#include "control/handler.h"
#include "control/status.h"
#include "control/wake.h"
#include "platform/clock.h"
#include "platform/memory.h"
#include "platform/place.h"
#include "sampling/sampler.h"
#include "watching/assignment.h"
#include "write/json.h"

enum { LINE_MOST = LABEL_MOST + PATH_MOST + 64, PATIENCE_MS = 1000 };

typedef struct {
    const char *answer, *reason;
    unsigned ticket;   /* of a snapshot; 0: none was asked for */
    bool tells_watch, tells_trimming;
    Trimming trimming;
} Reply;

/* Only this user and root; checked although the directory and the file are private already. */
static bool is_welcome(int client)
{
    struct ucred peer;
    socklen_t bytes = sizeof peer;
    return getsockopt(client, SOL_SOCKET, SO_PEERCRED, &peer, &bytes) == 0 && bytes == sizeof peer
        && (peer.uid == geteuid() || peer.uid == 0);
}

/* A line without its end, or false when it is too long, does not end, or takes its time. */
static bool read_line(int client, char line[LINE_MOST + 1])
{
    size_t used = 0;
    uint64_t last = monotonic_ns() + PATIENCE_MS * 1000000ull;
    while (used < LINE_MOST) {
        struct pollfd ready = {.fd = client, .events = POLLIN};
        uint64_t now = monotonic_ns();
        if (now >= last || poll(&ready, 1, (int)((last - now) / 1000000) + 1) <= 0) {
            return false;
        }
        ssize_t got = recv(client, line + used, LINE_MOST - used, 0);
        if (got <= 0) {
            return false;
        }
        char *end = memchr(line + used, '\n', (size_t)got);
        if (end != NULL) {
            *end = '\0';
            return true;
        }
        used += (size_t)got;
    }
    return false;
}

/* Null where none is taken. */
static void add_sampling(Text *text)
{
    SamplingState now = sampling_state();
    if (!now.on) {
        text_add(text, ", \"sample\": null");
        return;
    }
    text_add(text, ", \"sample\": {\"bytes\": ");
    text_add_number(text, now.interval);
    text_add_count(text, "seconds_left", now.seconds_left);
    text_add_count(text, "taken", now.taken);
    text_add_count(text, "lost", now.lost);
    text_add_count(text, "live", now.live);
    text_add(text, "}");
}

static void add_trimming(Text *text, const Trimming *done)
{
    text_add(text, ", \"trim\": {");
    text_add_string(text, "allocator", malloc_file());
    text_add_count(text, "rss_before_bytes", done->rss_before);
    text_add_count(text, "rss_after_bytes", done->rss_after);
    if (done->free_known) {
        text_add_count(text, "free_before_bytes", done->free_before);
        text_add_count(text, "free_after_bytes", done->free_after);
    }
    text_add_count(text, "took_us", done->took_ns / 1000);
    text_add(text, "}");
}

static void add_answer(Text *text, const Reply *reply)
{
    static const char *const states[] = {"idle", "running", "done", "failed"};
    static WatcherStatus now;
    watcher_status(&now);
    text_add(text, "{\"protocol\": 1");
    text_add_string(text, "answer", reply->answer);
    text_add_count(text, "pid", (uint64_t)getpid());
    text_add_count(text, "ticket", reply->ticket != 0 ? reply->ticket : now.ticket);
    text_add_string(text, "state", reply->ticket != 0 && reply->ticket != now.ticket ? "running" : states[now.state]);
    text_add_string(text, "name", now.name);
    text_add_string(text, "path", now.path);
    text_add_string(text, "error", now.error);
    text_add_string(text, "reason", reply->reason);
    text_add_count(text, "objects_so_far", now.objects_so_far);
    text_add_count(text, "captures", now.captures);
    text_add_count(text, "failures", now.failures);
    text_add_count(text, "refused", now.refused);
    if (requests_are_counted) {
        text_add_count(text, "requests", requests_served);
    } else {
        text_add(text, ", \"requests\": null");
    }
    text_add_count(text, "signal", (uint64_t)handler_armed());
    add_sampling(text);
    if (reply->tells_trimming) {
        add_trimming(text, &reply->trimming);
    }
    if (reply->tells_watch) {
        text_add_name(text, "watch");
        watching_tell(text);
    }
    text_add(text, "}\n");
}

/* What may stand before "snapshot", up to a unit separator: "to=DIRECTORY". Empty where nothing does. */
static const char *take_place(char **order)
{
    char *end = strncmp(*order, "to=", 3) == 0 ? strchr(*order, '\x1f') : NULL;
    const char *place = end == NULL ? "" : *order + 3;
    if (end != NULL) {
        *end = '\0';
        *order = end + 1;
    }
    return strlen(place) < PATH_MOST ? place : "";
}

static bool skip(char **line, const char *word)
{
    size_t bytes = strlen(word);
    bool there = strncmp(*line, word, bytes) == 0;
    *line += there ? bytes : 0;
    return there;
}

/* "name=0 " or "name=1 " */
static bool read_flag(char **line, const char *name, bool *flag)
{
    if (!skip(line, name) || ((*line)[0] != '0' && (*line)[0] != '1') || (*line)[1] != ' ') {
        return false;
    }
    *flag = (*line)[0] == '1';
    *line += 2;
    return true;
}

/* "name=NUMBER", up to a blank or the end. */
static bool read_number(char **line, const char *name, uint64_t most, uint64_t *number)
{
    bool there = skip(line, name) && **line >= '0' && **line <= '9';
    for (*number = 0; there && **line >= '0' && **line <= '9'; ++*line) {
        *number = *number * 10 + (uint64_t)(**line - '0');
        there = *number <= most;
    }
    return there && (**line == ' ' || **line == '\0');
}

typedef struct {
    uint64_t interval, seconds; /* 0: off */
    const char *refusal;
} SampleWish;

static void set_sampling_now(void *what)
{
    SampleWish *wish = what;
    if (wish->interval == 0) {
        sampling_stop();
    } else {
        wish->refusal = sampling_start(wish->interval, wish->seconds);
    }
}

static void set_sampling(void *what)
{
    with_gil(set_sampling_now, what);
}

/* "off", or "every=BYTES for=SECONDS". The answer is "sample", or "later" when the application keeps the GIL, "busy" when an earlier
   order is still to be obeyed, or "refused" and why. */
static const char *obey_sample(char *line, const char **reason)
{
    SampleWish wish = {0};
    bool off = strcmp(line, "off") == 0;
    bool on = !off && read_number(&line, "every=", SAMPLING_INTERVAL_MOST, &wish.interval) && wish.interval > 0
        && skip(&line, " ") && read_number(&line, "for=", SAMPLING_SECONDS_MOST, &wish.seconds) && *line == '\0';
    if (!off && !on) {
        return "unknown";
    }
    ErrandEnd end = errand_send(set_sampling, &wish, sizeof wish);
    *reason = wish.refusal == NULL ? "" : wish.refusal;
    return end == ERRAND_LATER ? "later" : end == ERRAND_BUSY ? "busy" : wish.refusal != NULL ? "refused" : "sample";
}

static void trim_now(void *what)
{
    trim(what);
}

/* The answer is "trim" and what it gave back; "later" when it takes its time, "busy" when an earlier order is still to be obeyed, or
   "refused" and why. */
static const char *obey_trim(Reply *reply)
{
    ErrandEnd end = errand_send(trim_now, &reply->trimming, sizeof reply->trimming);
    if (end != ERRAND_DONE) {
        return end == ERRAND_LATER ? "later" : "busy";
    }
    reply->tells_trimming = true;
    reply->reason = malloc_is_glibc() ? "" : "its allocator isn't glibc's malloc, so malloc_trim does nothing there";
    return malloc_is_glibc() ? "trim" : "refused";
}

/* "watch number=1 seconds=300 most=0 STEPS", "watching", "unwatch number=1": the word that answers it. NULL: it's about something
   else. */
static const char *obey_watch(char *line)
{
    static Assignment assignment;
    uint64_t number;
    if (strcmp(line, "watching") == 0) {
        return "watching";
    }
    if (skip(&line, "unwatch ")) {
        if (!read_number(&line, "number=", UINT32_MAX, &number) || *line != '\0') {
            return NULL;
        }
        watching_cancel(number);
        return "watching";
    }
    bool known = skip(&line, "watch ") && read_number(&line, "number=", UINT32_MAX, &assignment.number) && skip(&line, " ")
        && read_number(&line, "seconds=", WATCH_SECONDS_MOST, &assignment.seconds) && skip(&line, " ")
        && read_number(&line, "most=", UINT32_MAX, &assignment.most) && skip(&line, " ") && *line != '\0'
        && strlen(line) < sizeof assignment.path;
    if (!known) {
        return NULL;
    }
    strcpy(assignment.path, line);
    return watching_assign(&assignment) ? "accepted" : "busy";
}

/* "heapdiff/1 status", "heapdiff/1 trim", "heapdiff/1 sample …" as above, "heapdiff/1 watch …" likewise, or
   "heapdiff/1 snapshot graph=0|1 values=0|1 [force=0|1 ]label=TEXT"; the word that answers it. */
static const char *obey(char *line, Reply *reply)
{
    static CaptureRequest request;
    memset(&request, 0, sizeof request);
    Wish *wish = &request.wish;
    if (!skip(&line, "heapdiff/1 ")) {
        return "unknown";
    }
    if (strcmp(line, "status") == 0) {
        return "status";
    }
    if (strcmp(line, "trim") == 0) {
        return obey_trim(reply);
    }
    if (skip(&line, "sample ")) {
        return obey_sample(line, &reply->reason);
    }
    const char *watched = obey_watch(line);
    if (watched != NULL) {
        reply->tells_watch = true;
        watcher_wake();
        return watched;
    }
    const char *place = take_place(&line);
    bool known = skip(&line, "snapshot ") && read_flag(&line, "graph=", &wish->graph)
        && read_flag(&line, "values=", &wish->values) && (*line != 'f' || read_flag(&line, "force=", &wish->force))
        && skip(&line, "label=");
    if (!known) {
        return "unknown";
    }
    strcpy(request.trigger, "signal");
    strcpy(request.directory, place);
    memcpy(wish->label, line, strnlen(line, sizeof wish->label - 1));
    wish->has_label = wish->label[0] != '\0';
    reply->ticket = watcher_request(&request);
    return reply->ticket == 0 ? "busy" : "accepted";
}

void client_attend(int client)
{
    char line[LINE_MOST + 1];
    Text text;
    if (!is_welcome(client) || !read_line(client, line) || !text_init(&text, 1 << 16)) {
        return;
    }
    Reply reply = {.reason = ""};
    reply.answer = obey(line, &reply);
    add_answer(&text, &reply);
    if (!text.failed) { /* far less than a socket's buffer; who does not read it has asked in vain */
        ssize_t ignored = send(client, text.text, text.used, MSG_NOSIGNAL | MSG_DONTWAIT);
        (void)ignored;
    }
    memory_unmap(text.text, text.capacity);
}
