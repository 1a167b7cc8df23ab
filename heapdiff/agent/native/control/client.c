#define _GNU_SOURCE
#include "control/client.h"

#include <poll.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "control/handler.h"
#include "control/status.h"
#include "platform/clock.h"
#include "platform/memory.h"
#include "platform/place.h"
#include "write/json.h"

enum { LINE_MOST = LABEL_MOST + PATH_MOST + 64, PATIENCE_MS = 1000 };

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

static void add_answer(Text *text, const char *answer, unsigned ticket)
{
    static const char *const states[] = {"idle", "running", "done", "failed"};
    static WatcherStatus now;
    watcher_status(&now);
    text_add(text, "{\"protocol\": 1");
    text_add_string(text, "answer", answer);
    text_add_count(text, "pid", (uint64_t)getpid());
    text_add_count(text, "ticket", ticket != 0 ? ticket : now.ticket);
    text_add_string(text, "state", ticket != 0 && ticket != now.ticket ? "running" : states[now.state]);
    text_add_string(text, "name", now.name);
    text_add_string(text, "path", now.path);
    text_add_string(text, "error", now.error);
    text_add_count(text, "objects_so_far", now.objects_so_far);
    text_add_count(text, "captures", now.captures);
    text_add_count(text, "failures", now.failures);
    text_add_count(text, "refused", now.refused);
    if (watcher_counts_requests) {
        text_add_count(text, "requests", watcher_requests_served);
    } else {
        text_add(text, ", \"requests\": null");
    }
    text_add_count(text, "signal", (uint64_t)handler_armed());
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

/* "heapdiff/1 status", or "heapdiff/1 snapshot graph=0|1 values=0|1 [force=0|1 ]label=TEXT"; the word that answers it. */
static const char *obey(char *line, unsigned *ticket)
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
    *ticket = watcher_request(&request);
    return *ticket == 0 ? "busy" : "accepted";
}

void client_attend(int client)
{
    char line[LINE_MOST + 1];
    Text text;
    unsigned ticket = 0;
    if (!is_welcome(client) || !read_line(client, line) || !text_init(&text, 1 << 16)) {
        return;
    }
    const char *answer = obey(line, &ticket);
    add_answer(&text, answer, ticket);
    if (!text.failed) { /* far less than a socket's buffer; who does not read it has asked in vain */
        ssize_t ignored = send(client, text.text, text.used, MSG_NOSIGNAL | MSG_DONTWAIT);
        (void)ignored;
    }
    memory_unmap(text.text, text.capacity);
}
