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

#include "capture/request.h"
#include "control/client.h"
#include "control/wake.h"
#include "directory/access.h"
#include "directory/stem.h"
#include "platform/clock.h"
#include "platform/message.h"
#include "platform/place.h"
#include "platform/semaphore.h"
#include "platform/system.h"

enum { DOOR_STACK_BYTES = 1 << 18, OPENING_MS = 2000, CLOSING_MS = 5000, ASIDE_MS = 20, BACKLOG = 16 };
enum { RINGS_MOST = 64, RING_PAUSE_NS = 10000000 };
enum { UNRUNG_MS = 2000 }; /* who has no descriptor left cannot ring */

static struct {
    pthread_t thread;
    Semaphore opened;
    pid_t pid;                  /* the process whose thread runs; 0: none */
    char directory[PATH_MOST], name[IDENTITY_MOST + 16];
    const char *refusal;        /* static text, or `reason`; written by the thread before `opened` */
    char reason[REFUSAL_MOST];
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
        /* cppcheck-suppress leakReturnValNotUsed ; meant to stay open */
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
    int bytes = snprintf(address.sun_path, sizeof address.sun_path, "/proc/thread-self/fd/%d/%s", directory, partial);
    unlinkat(directory, partial, 0);
    /* The mode is set before there is a name, so the file is never open to others. */
    bool fits = bytes < (int)sizeof address.sun_path;
    if (fits && listener >= 0 && fchmod(listener, 0600) == 0
        && bind(listener, (struct sockaddr *)&address, sizeof address) == 0 && listen(listener, BACKLOG) == 0
        && renameat(directory, partial, directory, door.name) == 0) {
        return listener;
    }
    *refusal = describe_error(fits ? errno : ENAMETOOLONG);
    if (listener >= 0) {
        close(listener);
    }
    return -1;
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
        /* cppcheck-suppress nullPointer ; it takes the address for one that must be given */
        int client = accept4(listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
        if (client >= 0) {
            client_attend(client);
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
    } else if ((directory = open_private_directory(door.directory, door.reason, sizeof door.reason)) < 0) {
        refusal = door.reason;
    } else {
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
