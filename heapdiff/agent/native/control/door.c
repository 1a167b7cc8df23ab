#define _GNU_SOURCE
#include "control/door.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "control/handler.h"
#include "control/status.h"
#include "platform/clock.h"
#include "platform/memory.h"
#include "platform/place.h"
#include "platform/system.h"
#include "write/json.h"

enum { DOOR_STACK_BYTES = 1 << 18, LINE_MOST = LABEL_MOST + 64, PATIENCE_MS = 1000, OPENING_MS = 2000, CLOSING_MS = 5000,
       BACKLOG = 16 };
enum { RINGS_MOST = 64, RING_PAUSE_NS = 10000000 };
enum { UNRUNG_MS = 2000 }; /* who has no descriptor left cannot ring */
enum { UNSHARE = 2 }; /* CLOSE_RANGE_UNSHARE, which older headers lack */

static struct {
    pthread_t thread;
    sem_t opened;
    pid_t pid;                  /* the process whose thread runs; 0: none */
    char directory[PATH_MOST];
    const char *refusal;        /* static text; written by the thread before `opened` */
    struct sockaddr_un bell;    /* where a datagram wakes the thread: no signal, no shared descriptor */
    socklen_t bell_bytes;
    atomic_bool closing;
} door;

/* --- a table of our own ---------------------------------------------------------------------------------------- */

/* Leave the process's descriptors behind. Docker's default rules refuse unshare(2), old kernels lack close_range(2). */
static bool leave_descriptor_table(void)
{
    if (syscall(SYS_close_range, 0u, ~0u, UNSHARE) != 0) {
        if (unshare(CLONE_FILES) != 0) {
            return false;
        }
        close_descriptors();
    }
    for (int standard = 0; standard < 3; standard++) { /* so that nobody's last words get into a client's socket */
        if (open("/dev/null", O_RDWR | O_CLOEXEC) < 0) {
            return false;
        }
    }
    return true;
}

typedef struct {
    char text[32];
} Name;

static Name own_name(void)
{
    Name name;
    snprintf(name.text, sizeof name.text, ".agent-%d.sock", (int)getpid());
    return name;
}

/* An address is 108 bytes at most, a directory's name may be longer: go through its descriptor. */
static int listen_in(int directory, const char **refusal)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    snprintf(address.sun_path, sizeof address.sun_path, "/proc/thread-self/fd/%d/%s", directory, own_name().text);
    unlinkat(directory, own_name().text, 0);
    /* The mode is set before there is a name, so the file is never open to others. */
    if (listener >= 0 && fchmod(listener, 0600) == 0
        && bind(listener, (struct sockaddr *)&address, sizeof address) == 0 && listen(listener, BACKLOG) == 0) {
        return listener;
    }
    *refusal = strerrordesc_np(errno);
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

static bool skip(const char **line, const char *word)
{
    size_t bytes = strlen(word);
    bool there = strncmp(*line, word, bytes) == 0;
    *line += there ? bytes : 0;
    return there;
}

/* "name=0 " or "name=1 " */
static bool read_flag(const char **line, const char *name, bool *flag)
{
    if (!skip(line, name) || ((*line)[0] != '0' && (*line)[0] != '1') || (*line)[1] != ' ') {
        return false;
    }
    *flag = (*line)[0] == '1';
    *line += 2;
    return true;
}

/* "heapdiff/1 status", or "heapdiff/1 snapshot graph=0|1 values=0|1 [force=0|1 ]label=TEXT"; the word that answers it. */
static const char *obey(const char *line, unsigned *ticket)
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
    bool known = skip(&line, "snapshot ") && read_flag(&line, "graph=", &wish->graph)
        && read_flag(&line, "values=", &wish->values) && (*line != 'f' || read_flag(&line, "force=", &wish->force))
        && skip(&line, "label=");
    if (!known) {
        return "unknown";
    }
    strcpy(request.trigger, "signal");
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

static void serve(int listener, int bell)
{
    for (;;) {
        struct pollfd ready[2] = {{.fd = listener, .events = POLLIN}, {.fd = bell, .events = POLLIN}};
        if (poll(ready, 2, UNRUNG_MS) < 0 && errno != EINTR) {
            return;
        }
        if (atomic_load(&door.closing)) {
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
        *refusal = strerrordesc_np(errno);
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
    if (!leave_descriptor_table()) {
        refusal = "this system gives a thread no descriptors of its own";
    } else if ((directory = open_private_directory(door.directory, &refusal)) >= 0) {
        listener = listen_in(directory, &refusal);
        bell = hang_bell(&refusal);
    }
    door.refusal = refusal;
    sem_post(&door.opened);
    if (refusal == NULL) {
        serve(listener, bell);
        unlinkat(directory, own_name().text, 0);
    }
    return NULL; /* the table goes with its only thread */
}

static int start_thread(void)
{
    pthread_attr_t attributes;
    sigset_t all, before;
    int error = pthread_attr_init(&attributes);
    if (error != 0) {
        return error;
    }
    pthread_attr_setstacksize(&attributes, DOOR_STACK_BYTES);
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    error = pthread_create(&door.thread, &attributes, keep_door, NULL);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    pthread_attr_destroy(&attributes);
    return error;
}

static bool is_open_in(const char *directory)
{
    char path[PATH_MOST + 64];
    struct stat about;
    snprintf(path, sizeof path, "%s/%s", directory, own_name().text);
    return door.pid == getpid() && door.refusal == NULL && strcmp(door.directory, directory) == 0
        && lstat(path, &about) == 0 && S_ISSOCK(about.st_mode) && about.st_uid == geteuid();
}

const char *door_open(const char *directory)
{
    if (strlen(directory) >= sizeof door.directory) {
        return "the directory's name is too long";
    }
    if (is_open_in(directory)) {
        return NULL;
    }
    door_close();
    strcpy(door.directory, directory);
    door.refusal = "it does not answer in time";
    atomic_store(&door.closing, false);
    sem_init(&door.opened, 0, 0);
    int error = start_thread();
    if (error != 0) {
        return strerrordesc_np(error);
    }
    door.pid = getpid();
    pthread_setname_np(door.thread, "heapdiff-door");
    struct timespec until = monotonic_in(OPENING_MS);
    while (sem_clockwait(&door.opened, CLOCK_MONOTONIC, &until) != 0 && errno == EINTR) {
    }
    return door.refusal;
}

void door_close(void)
{
    if (door.pid == getpid()) {
        atomic_store(&door.closing, true);
        ring_bell();
        struct timespec until = monotonic_in(CLOSING_MS);
        if (pthread_clockjoin_np(door.thread, NULL, CLOCK_MONOTONIC, &until) != 0) {
            pthread_detach(door.thread);
        }
    }
    door.pid = 0;
}
