#define _GNU_SOURCE
#include "control/door.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "control/handler.h"
#include "control/status.h"
#include "control/wake.h"
#include "directory/stem.h"
#include "platform/clock.h"
#include "platform/memory.h"
#include "platform/message.h"
#include "platform/place.h"
#include "platform/semaphore.h"
#include "platform/system.h"
#include "write/json.h"

enum { DOOR_STACK_BYTES = 1 << 18, LINE_MOST = LABEL_MOST + PATH_MOST + 64, PATIENCE_MS = 1000, OPENING_MS = 2000, CLOSING_MS = 5000,
       ASIDE_MS = 20,
       BACKLOG = 16 };
enum { RINGS_MOST = 64, RING_PAUSE_NS = 10000000 };
enum { UNRUNG_MS = 2000 }; /* who has no descriptor left cannot ring */

static struct {
    pthread_t thread;
    Semaphore opened;
    pid_t pid;                  /* the process whose thread runs; 0: none */
    char directory[PATH_MOST], name[IDENTITY_MOST + 16];
    const char *refusal;        /* static text; written by the thread before `opened` */
    bool awaited;               /* `opened` was waited for */
    struct sockaddr_un bell;    /* where a datagram wakes the thread: no signal, no shared descriptor */
    socklen_t bell_bytes;
    Presence wish;
} door;

/* --- a table of our own ---------------------------------------------------------------------------------------- */

static bool take_own_descriptors(void)
{
    if (!leave_descriptors()) {
        return false;
    }
    for (int standard = 0; standard < 3; standard++) { /* so that nobody's last words get into a client's socket */
        if (open("/dev/null", O_RDWR | O_CLOEXEC) < 0) {
            return false;
        }
    }
    return true;
}

/* An address is 108 bytes at most, a directory's name may be longer: go through its descriptor. It gets its name when it
   listens: one that refuses is taken for a dead process's. */
static int listen_in(int directory, const char **refusal)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    char partial[sizeof door.name + sizeof PARTIAL_SUFFIX];
    int listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    strcpy(stpcpy(partial, door.name), PARTIAL_SUFFIX);
    snprintf(address.sun_path, sizeof address.sun_path, "/proc/thread-self/fd/%d/%s", directory, partial);
    unlinkat(directory, partial, 0);
    /* The mode is set before there is a name, so the file is never open to others. */
    if (listener >= 0 && fchmod(listener, 0600) == 0
        && bind(listener, (struct sockaddr *)&address, sizeof address) == 0 && listen(listener, BACKLOG) == 0
        && renameat(directory, partial, directory, door.name) == 0) {
        return listener;
    }
    *refusal = describe_error(errno);
    if (listener >= 0) {
        close(listener);
    }
    return -1;
}

/* --- one client ------------------------------------------------------------------------------------------------ */

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

static void attend(int client)
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

/* --- thread ---------------------------------------------------------------------------------------------------- */

/* Anybody in this network namespace can ring, as often as he likes: he costs a hundred wakes a second at most. */
static void silence_bell(int bell)
{
    char ignored;
    for (int rings = 0; rings < RINGS_MOST && recv(bell, &ignored, 1, MSG_DONTWAIT) >= 0; rings++) {
    }
    nanosleep(&(struct timespec){.tv_nsec = RING_PAUSE_NS}, NULL);
}

/* A socket that refuses is taken for a dead process's, so its name goes before it does, and while it can still be asked to
   stay: the file system may hang, and then the fork must not. */
static bool door_stays(int directory)
{
    char partial[sizeof door.name + sizeof PARTIAL_SUFFIX];
    bool asked = atomic_load(&door.wish) == STEP_ASIDE;
    strcpy(stpcpy(partial, door.name), PARTIAL_SUFFIX);
    if (asked) {
        renameat(directory, door.name, directory, partial);
    }
    bool stay = stays(&door.wish);
    if (asked && stay) {
        renameat(directory, partial, directory, door.name);
    }
    return stay;
}

static void serve(int directory, int listener, int bell)
{
    for (;;) {
        struct pollfd ready[2] = {{.fd = listener, .events = POLLIN}, {.fd = bell, .events = POLLIN}};
        if (poll(ready, 2, UNRUNG_MS) < 0 && errno != EINTR) {
            return;
        }
        if (!door_stays(directory)) {
            return;
        }
        if (ready[1].revents != 0) {
            silence_bell(bell);
        }
        int client = accept4(listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
        if (client >= 0) {
            attend(client);
            close(client);
        } else if (errno != EAGAIN && errno != EINTR && errno != ECONNABORTED) {
            nanosleep(&(struct timespec){.tv_nsec = 100000000}, NULL);
        }
    }
}

/* A socket whose name the kernel chooses, outside the file system. */
static int hang_bell(const char **refusal)
{
    struct sockaddr_un nameless = {.sun_family = AF_UNIX};
    int bell = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    door.bell_bytes = sizeof door.bell;
    if (bell < 0 || bind(bell, (struct sockaddr *)&nameless, sizeof nameless.sun_family) != 0
        || getsockname(bell, (struct sockaddr *)&door.bell, &door.bell_bytes) != 0) {
        *refusal = describe_error(errno);
    }
    return bell;
}

static void ring_bell(void)
{
    int ringer = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (ringer >= 0) {
        ssize_t ignored = sendto(ringer, "", 1, MSG_DONTWAIT | MSG_NOSIGNAL, (struct sockaddr *)&door.bell, door.bell_bytes);
        (void)ignored;
        close(ringer);
    }
}

static void *keep_door(void *unused)
{
    const char *refusal = NULL;
    int directory = -1, listener = -1, bell = -1;
    pthread_setname_np(pthread_self(), "heapdiff-door");
    if (!take_own_descriptors()) {
        refusal = "this system can't give a thread its own descriptors";
    } else if ((directory = open_private_directory(door.directory, &refusal)) >= 0) {
        listener = listen_in(directory, &refusal);
        bell = hang_bell(&refusal);
    }
    door.refusal = refusal;
    semaphore_post(&door.opened);
    if (refusal == NULL) {
        serve(directory, listener, bell);
        if (atomic_load(&door.wish) != GONE) {
            unlinkat(directory, door.name, 0);
        }
    }
    return NULL; /* the table goes with its only thread */
}

/* Its end is waited for with the next use: `await_opening`. */
static int start_thread(void)
{
    pthread_attr_t attributes;
    sigset_t all, before;
    int error = pthread_attr_init(&attributes);
    if (error != 0) {
        return error;
    }
    door.refusal = "it doesn't answer in time";
    door.awaited = false;
    atomic_store(&door.wish, STAY);
    door.opened = (Semaphore){0};
    pthread_attr_setstacksize(&attributes, DOOR_STACK_BYTES);
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    error = pthread_create(&door.thread, &attributes, keep_door, NULL);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    pthread_attr_destroy(&attributes);
    door.pid = error == 0 ? getpid() : 0;
    return error;
}

static bool await_opening(unsigned limit_ms)
{
    struct timespec until = monotonic_in(limit_ms);
    door.awaited = door.awaited || semaphore_await(&door.opened, &until);
    return door.awaited;
}

static bool is_open_in(const char *directory, const char *name)
{
    char path[PATH_MOST + sizeof door.name];
    struct stat about;
    snprintf(path, sizeof path, "%s/%s", directory, name);
    return door.pid == getpid() && await_opening(OPENING_MS) && door.refusal == NULL && strcmp(door.directory, directory) == 0
        && strcmp(door.name, name) == 0
        && lstat(path, &about) == 0 && S_ISSOCK(about.st_mode) && about.st_uid == geteuid();
}

const char *door_open(const char *directory, const char *name)
{
    if (strlen(directory) >= sizeof door.directory || strlen(name) >= sizeof door.name) {
        return "the directory's path is too long";
    }
    if (is_open_in(directory, name)) {
        return NULL;
    }
    door_close();
    strcpy(door.directory, directory);
    strcpy(door.name, name);
    int error = start_thread();
    if (error != 0) {
        return describe_error(error);
    }
    await_opening(OPENING_MS);
    return door.refusal;
}

void door_ask_aside(void)
{
    if (door.pid == getpid() && await_opening(ASIDE_MS) && door.refusal == NULL) {
        atomic_store(&door.wish, STEP_ASIDE);
        ring_bell();
    }
}

bool door_is_aside(void)
{
    bool aside = door.pid == getpid() && atomic_load(&door.wish) != STAY && has_stepped_aside(door.thread, &door.wish);
    if (aside) {
        door.pid = 0;
    }
    return aside;
}

void door_come_back(void)
{
    if (door.pid != getpid()) {
        start_thread();
    }
}

void door_close(void)
{
    if (door.pid == getpid()) {
        await_opening(OPENING_MS);
        atomic_store(&door.wish, STOP);
        ring_bell();
        struct timespec until = monotonic_in(CLOSING_MS);
        if (!await_thread(door.thread, &until)) {
            pthread_detach(door.thread);
        }
    }
    door.pid = 0;
}
