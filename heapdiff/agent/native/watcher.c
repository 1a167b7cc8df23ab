#define _GNU_SOURCE
#include "watcher.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { STACK_BYTES = 1 << 20, TICK_MS = 20, GUARD_MS = 250, COLLECTING_TRIES = 200, MESSAGE_MOST = 1024 };
enum { GRACE_S = 5, WISH_MOST = 4096 };

volatile uint64_t watcher_requests_served;

static struct {
    pthread_mutex_t lock;      /* guards settings, status, slot; held for copies only */
    pthread_t thread;
    sem_t wake;
    pid_t pid;                 /* the process whose thread runs; 0: none */
    atomic_bool stopping;
    WatcherSettings settings;
    WatcherStatus status;
    WatcherRequest slot;
    bool slot_filled;
    unsigned sequence;
    uint64_t crash_after;
    _Atomic uint64_t guard_until_ns;
} watcher = {.lock = PTHREAD_MUTEX_INITIALIZER};

static volatile sig_atomic_t armed_signal;
static struct sigaction replaced_action;
static atomic_uint signals_pending;
static _Atomic pid_t armed_pid;

/* --- words to the operator ------------------------------------------------------------------------------------- */

/* One line on standard error, unless that would block or the descriptor is gone. Python's logging would run the
   application's handlers in this thread. */
static void say(const char *format, ...) __attribute__((format(printf, 1, 2)));

static void say(const char *format, ...)
{
    char line[MESSAGE_MOST];
    va_list arguments;
    int head = snprintf(line, sizeof line, "heapdiff: pid %d: ", (int)getpid());
    va_start(arguments, format);
    int body = vsnprintf(line + head, sizeof line - (size_t)head - 1, format, arguments);
    va_end(arguments);
    size_t bytes = strlen(line);
    if (body < 0) {
        return;
    }
    line[bytes++] = '\n';
    struct pollfd writable = {.fd = STDERR_FILENO, .events = POLLOUT};
    if (poll(&writable, 1, 0) == 1 && (writable.revents & POLLOUT) && !(writable.revents & POLLNVAL)) {
        ssize_t ignored = write(STDERR_FILENO, line, bytes);
        (void)ignored;
    }
}

/* --- signal ---------------------------------------------------------------------------------------------------- */

static void on_signal(int number)
{
    int saved = errno;
    (void)number;
    if (atomic_load(&armed_pid) == getpid()) {
        atomic_fetch_add(&signals_pending, 1);
        sem_post(&watcher.wake);
    }
    errno = saved;
}

static bool is_ours(const struct sigaction *action)
{
    return !(action->sa_flags & SA_SIGINFO) && action->sa_handler == on_signal;
}

static bool is_free(const struct sigaction *action)
{
    return !(action->sa_flags & SA_SIGINFO) && (action->sa_handler == SIG_DFL || action->sa_handler == SIG_IGN);
}

static bool install_handler(int number, struct sigaction *before)
{
    struct sigaction action = {.sa_handler = on_signal, .sa_flags = SA_RESTART | SA_ONSTACK};
    sigfillset(&action.sa_mask);
    return sigaction(number, &action, before) == 0;
}

ArmResult watcher_arm(int number, bool over_others)
{
    struct sigaction now;
    if (sigaction(number, NULL, &now) != 0) {
        return ARM_ERROR;
    }
    bool ours = is_ours(&now);
    if (!ours && !is_free(&now) && !over_others) {
        return ARM_TAKEN;
    }
    if (watcher_start() != 0) {
        return ARM_ERROR;
    }
    atomic_store(&armed_pid, getpid());
    armed_signal = number;
    if (ours) {
        return ARM_ALREADY;
    }
    return install_handler(number, &replaced_action) ? ARM_ARMED : ARM_ERROR;
}

int watcher_armed(void)
{
    struct sigaction now;
    int number = armed_signal;
    bool armed = number != 0 && atomic_load(&armed_pid) == getpid() && watcher.pid == getpid()
        && sigaction(number, NULL, &now) == 0 && is_ours(&now);
    return armed ? number : 0;
}

static void give_signal_back(void)
{
    struct sigaction now;
    if (armed_signal != 0 && sigaction(armed_signal, NULL, &now) == 0 && is_ours(&now)) {
        sigaction(armed_signal, &replaced_action, NULL);
    }
    armed_signal = 0;
}

/* Servers reset handlers when a worker starts, after our at-fork hook ran. */
static void repair_handler(void)
{
    struct sigaction now;
    int number = armed_signal;
    if (number != 0 && sigaction(number, NULL, &now) == 0 && !is_ours(&now) && is_free(&now)) {
        atomic_store(&armed_pid, getpid());
        install_handler(number, &replaced_action);
    }
}

void watcher_guard_handler(double seconds)
{
    atomic_store(&watcher.guard_until_ns, monotonic_ns() + (uint64_t)(seconds * 1e9));
    sem_post(&watcher.wake);
}

/* --- one capture ----------------------------------------------------------------------------------------------- */

typedef struct {
    WatcherSettings settings;
    WatcherRequest request;
    CaptureOrder order;
    char error[ERROR_MOST];
} Capture;

static void fail(Capture *capture, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void fail(Capture *capture, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(capture->error, sizeof capture->error, format, arguments);
    va_end(arguments);
}

/* What `heapdiff snapshot --label/--no-graph` asked for: "graph=0|1", newline, label. */
static void read_wish(Capture *capture, int directory)
{
    char name[64], text[WISH_MOST + 1];
    struct stat about;
    snprintf(name, sizeof name, ".request-%d", (int)getpid());
    int fd = openat(directory, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    if (fd < 0) {
        return;
    }
    ssize_t got = -1;
    if (fstat(fd, &about) == 0 && S_ISREG(about.st_mode) && (about.st_uid == geteuid() || about.st_uid == 0)) {
        got = read(fd, text, WISH_MOST);
    }
    close(fd);
    unlinkat(directory, name, 0);
    if (got < 7 || strncmp(text, "graph=", 6) != 0) {
        return;
    }
    text[got] = '\0';
    capture->request.graph = text[6] != '0';
    char *label = strchr(text, '\n');
    if (label != NULL && label[1] != '\0') {
        label[1 + strcspn(label + 1, "\r\n")] = '\0';
        snprintf(capture->request.label, sizeof capture->request.label, "%s", label + 1);
        capture->request.has_label = capture->request.label[0] != '\0';
    }
}

static bool prepare(Capture *capture, unsigned sequence)
{
    const WatcherSettings *settings = &capture->settings;
    WatcherRequest *request = &capture->request;
    CaptureOrder *order = &capture->order;
    const char *reason, *directory = request->directory[0] != '\0' ? request->directory : settings->directory;
    char compact[17];
    if (request->directory[0] == '\0') {
        snprintf(request->directory, sizeof request->directory, "%s", settings->directory);
    }
    bool chosen = request->stem[0] != '\0';
    order->directory = chosen ? open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
                              : open_private_directory(directory, &reason);
    if (order->directory < 0) {
        fail(capture, "cannot use the directory %s: %s", directory, chosen ? strerrordesc_np(errno) : reason);
        return false;
    }
    if (strcmp(request->trigger, "signal") == 0) {
        read_wish(capture, order->directory);
    }
    clock_gettime(CLOCK_REALTIME, &order->captured_at);
    format_compact_time(&order->captured_at, compact);
    snprintf(order->prefix, sizeof order->prefix, "%s-%d-", settings->host, (int)getpid());
    if (chosen) {
        snprintf(order->stem, sizeof order->stem, "%s", request->stem);
    } else {
        snprintf(order->stem, sizeof order->stem, "%s-%d-%04u-%s", settings->host, (int)getpid(), sequence, compact);
    }
    pthread_mutex_lock(&watcher.lock);
    memcpy(watcher.status.name, order->stem, sizeof order->stem);
    strcat(watcher.status.name, ".json");
    pthread_mutex_unlock(&watcher.lock);
    memcpy(order->label, request->label, sizeof order->label);
    order->has_label = request->has_label;
    order->graph = request->graph;
    order->trigger = request->trigger;
    order->version = settings->version;
    order->server = settings->server;
    order->argv_json = settings->argv_json == NULL ? "" : settings->argv_json;
    order->started_at = settings->started_at;
    order->host = settings->host;
    order->keep = chosen ? 0 : settings->keep;
    order->deadline_s = settings->deadline_s;
    order->pid = (int)getpid();
    order->parent_pid = (int)getppid();
    order->requests = watcher_requests_served;
    order->crash_after = watcher.crash_after;
    watcher.crash_after = 0;
    read_process_memory(&order->memory);
    return true;
}

static bool interpreter_ends(void)
{
#if PY_VERSION_HEX >= 0x030D0000
    return Py_IsFinalizing() != 0;
#else
    return _Py_IsFinalizing() != 0;
#endif
}

/* The one moment in which the worker stands still. A collection under way keeps objects in lists of its own, so wait
   for its end, up to a limit. */
static pid_t fork_with_gil(Capture *capture, CaptureReport *report)
{
    if (interpreter_ends()) {
        fail(capture, "the interpreter is shutting down");
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
        capture_child(&capture->order, report);
    }
    int error = errno;
    report->pause_ns = monotonic_ns() - start;
    PyGILState_Release(state);
    if (child < 0) {
        fail(capture, "fork failed: %s", strerrordesc_np(error));
    }
    return child;
}

static void sleep_until_woken(unsigned milliseconds)
{
    struct timespec until;
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_nsec += (long)milliseconds * 1000000;
    until.tv_sec += until.tv_nsec / 1000000000;
    until.tv_nsec %= 1000000000;
    while (sem_timedwait(&watcher.wake, &until) != 0 && errno == EINTR) {
    }
}

static void refuse_signals(bool *said)
{
    unsigned refused = atomic_exchange(&signals_pending, 0);
    if (refused == 0) {
        return;
    }
    pthread_mutex_lock(&watcher.lock);
    watcher.status.refused += refused;
    pthread_mutex_unlock(&watcher.lock);
    if (!*said) {
        say("a snapshot is being taken already; ask again when it is done");
        *said = true;
    }
}

/* Reaps the child, whatever becomes of it. True when it reported success. */
static bool await_child(Capture *capture, pid_t child, CaptureReport *report)
{
    int status = 0;
    bool said = false, killed = false;
    uint64_t deadline = monotonic_ns() + ((uint64_t)capture->settings.deadline_s + GRACE_S) * 1000000000u;
    pid_t reaped;
    while ((reaped = waitpid(child, &status, WNOHANG | __WALL)) == 0 || (reaped < 0 && errno == EINTR)) {
        sleep_until_woken(TICK_MS);
        if (!report->done) { /* who saw the file may ask again while the child still ends */
            refuse_signals(&said);
        }
        pthread_mutex_lock(&watcher.lock);
        watcher.status.objects_so_far = report->progress.objects;
        pthread_mutex_unlock(&watcher.lock);
        if (!killed && monotonic_ns() > deadline) {
            kill(child, SIGKILL);
            killed = true;
        }
    }
    if (report->done) {
        return true;
    }
    if (report->error != 0) {
        fail(capture, "cannot write %s in %s: %s", capture->order.stem, capture->request.directory, report->reason);
    } else if (reaped == child && WIFSIGNALED(status) && WTERMSIG(status) == SIGALRM) {
        fail(capture, "the snapshot took longer than %u s and was ended", capture->settings.deadline_s);
    } else if (reaped == child && WIFSIGNALED(status)) {
        fail(capture, "the capturing child was ended by signal %d (%s)", WTERMSIG(status),
             WTERMSIG(status) == SIGKILL ? "perhaps out of memory" : strsignal(WTERMSIG(status)));
    } else {
        fail(capture, "the capturing child ended without a result");
    }
    return false;
}

static void json_escape(char *out, size_t room, const char *text)
{
    size_t used = 0;
    for (; *text != '\0' && used + 7 < room; text++) {
        unsigned char c = (unsigned char)*text;
        if (c == '"' || c == '\\') {
            out[used++] = '\\';
            out[used++] = (char)c;
        } else if (c < 0x20) {
            used += (size_t)snprintf(out + used, room - used, "\\u%04x", c);
        } else {
            out[used++] = (char)c;
        }
    }
    out[used] = '\0';
}

/* The result for clients in other processes: `.agent-PID.last`. */
static void publish_result(const Capture *capture, unsigned ticket, bool done)
{
    char name[64], partial[72], error[ERROR_MOST * 2], at[28], text[ERROR_MOST * 2 + 512];
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    format_time(&now, at);
    json_escape(error, sizeof error, capture->error);
    snprintf(name, sizeof name, ".agent-%d.last", (int)getpid());
    snprintf(partial, sizeof partial, "%s.partial", name);
    int length = snprintf(text, sizeof text,
                          "{\"ticket\": %u, \"state\": \"%s\", \"name\": \"%s\", \"error\": \"%s\", \"at\": \"%s\"}\n",
                          ticket, done ? "done" : "failed", capture->order.stem, error, at);
    unlinkat(capture->order.directory, partial, 0);
    int fd = openat(capture->order.directory, partial, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (fd >= 0) {
        bool written = length > 0 && write(fd, text, (size_t)length) == length;
        close(fd);
        if (!written || renameat(capture->order.directory, partial, capture->order.directory, name) != 0) {
            unlinkat(capture->order.directory, partial, 0);
        }
    }
}

static bool run_child(Capture *capture, CaptureReport *report)
{
    pid_t child = fork_with_gil(capture, report);
    bool done = child > 0 && await_child(capture, child, report);
    if (child > 0 && !done) {
        char partial[STEM_MOST + 32];
        const char *const suffixes[] = {".heap", ".json"};
        for (int i = 0; i < 2; i++) {
            snprintf(partial, sizeof partial, ".%s%s.partial", capture->order.stem, suffixes[i]);
            unlinkat(capture->order.directory, partial, 0);
        }
    }
    return done;
}

/* Both parts were measured when they were set, so they fit. */
static void path_of(char out[PATH_MOST + STEM_MOST + 8], const Capture *capture)
{
    char *at = stpcpy(out, capture->request.directory);
    *at++ = '/';
    strcpy(stpcpy(at, capture->order.stem), ".json");
}

static void capture_once(const WatcherRequest *request, unsigned ticket)
{
    Capture *capture = calloc(1, sizeof *capture);
    CaptureReport *report = mmap(NULL, sizeof *report, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    bool done = false, opened = false;
    if (capture == NULL || report == MAP_FAILED) {
        say("no memory for a snapshot");
    } else {
        pthread_mutex_lock(&watcher.lock);
        capture->settings = watcher.settings;
        unsigned sequence = ++watcher.sequence;
        pthread_mutex_unlock(&watcher.lock);
        capture->request = *request;
        opened = prepare(capture, sequence);
        done = opened && run_child(capture, report);
    }
    if (opened) {
        publish_result(capture, ticket, done);
        close(capture->order.directory);
    }
    if (done) {
        say("wrote %s/%s.json (%llu objects, paused %.1f ms)", capture->request.directory, capture->order.stem,
            (unsigned long long)report->totals.objects, (double)report->pause_ns / 1e6);
    } else if (capture != NULL) {
        say("no snapshot: %s", capture->error);
    }
    /* Last of all: who polls the status must find nothing left open. */
    pthread_mutex_lock(&watcher.lock);
    WatcherStatus *status = &watcher.status;
    status->state = done ? STATE_DONE : STATE_FAILED;
    status->captures += done;
    status->failures += !done;
    if (capture != NULL) {
        snprintf(status->name, sizeof status->name, "%s.json", capture->order.stem);
        path_of(status->path, capture);
        memcpy(status->error, capture->error, sizeof status->error);
    }
    if (done) {
        status->objects = status->objects_so_far = report->totals.objects;
        status->pause_ns = report->pause_ns;
        status->walk_ns = report->walk_ns;
        status->private_bytes = report->private_bytes;
    }
    pthread_mutex_unlock(&watcher.lock);
    if (report != MAP_FAILED) {
        munmap(report, sizeof *report);
    }
    free(capture);
}

/* --- thread ---------------------------------------------------------------------------------------------------- */

static bool next_request(WatcherRequest *request, unsigned *ticket)
{
    bool found = false;
    pthread_mutex_lock(&watcher.lock);
    if (watcher.slot_filled) {
        *request = watcher.slot;
        watcher.slot_filled = false;
        *ticket = watcher.status.ticket;
        found = true;
    } else if (atomic_exchange(&signals_pending, 0) > 0) {
        memset(request, 0, sizeof *request);
        memcpy(request->trigger, "signal", 7);
        request->graph = true;
        *ticket = ++watcher.status.ticket;
        watcher.status.state = STATE_RUNNING;
        watcher.status.objects_so_far = 0;
        found = true;
    }
    pthread_mutex_unlock(&watcher.lock);
    return found;
}

static void *watch(void *unused)
{
    static WatcherRequest request;
    unsigned ticket;
    (void)unused;
    while (!atomic_load(&watcher.stopping)) {
        if (next_request(&request, &ticket)) {
            capture_once(&request, ticket);
            continue;
        }
        if (monotonic_ns() < atomic_load(&watcher.guard_until_ns)) {
            repair_handler();
            sleep_until_woken(GUARD_MS);
        } else {
            while (sem_wait(&watcher.wake) != 0 && errno == EINTR) {
            }
        }
    }
    return NULL;
}

/* After a fork the thread is gone, and the lock may be held by a thread that is gone too. */
static void forget_parent(void)
{
    pthread_mutex_init(&watcher.lock, NULL);
    memset(&watcher.status, 0, sizeof watcher.status);
    watcher.slot_filled = false;
    watcher.sequence = 0;
    watcher.crash_after = 0;
    atomic_store(&watcher.guard_until_ns, 0);
    atomic_store(&signals_pending, 0);
    watcher_requests_served = 0;
}

int watcher_start(void)
{
    pthread_attr_t attributes;
    sigset_t all, before;
    if (watcher.pid == getpid()) {
        return 0;
    }
    if (watcher.pid != 0) {
        forget_parent();
    }
    atomic_store(&watcher.stopping, false);
    sem_init(&watcher.wake, 0, 0);
    if (pthread_attr_init(&attributes) != 0) {
        return ENOMEM;
    }
    pthread_attr_setstacksize(&attributes, STACK_BYTES);
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    int error = pthread_create(&watcher.thread, &attributes, watch, NULL);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    pthread_attr_destroy(&attributes);
    watcher.pid = error == 0 ? getpid() : 0;
    if (error == 0) {
        pthread_setname_np(watcher.thread, "heapdiff");
        if (atomic_load(&armed_pid) != 0) {
            atomic_store(&armed_pid, getpid());
        }
    }
    return error;
}

void watcher_stop(void)
{
    give_signal_back();
    if (watcher.pid == getpid()) {
        atomic_store(&watcher.stopping, true);
        sem_post(&watcher.wake);
        pthread_join(watcher.thread, NULL);
    }
    watcher.pid = 0;
}

unsigned watcher_request(const WatcherRequest *request)
{
    unsigned ticket = 0;
    pthread_mutex_lock(&watcher.lock);
    if (watcher.status.state != STATE_RUNNING && !watcher.slot_filled) {
        watcher.slot = *request;
        watcher.slot_filled = true;
        watcher.status.state = STATE_RUNNING;
        watcher.status.objects_so_far = 0;
        ticket = ++watcher.status.ticket;
    } else {
        watcher.status.refused++;
    }
    pthread_mutex_unlock(&watcher.lock);
    if (ticket != 0) {
        sem_post(&watcher.wake);
    }
    return ticket;
}

void watcher_status(WatcherStatus *status)
{
    pthread_mutex_lock(&watcher.lock);
    *status = watcher.status;
    pthread_mutex_unlock(&watcher.lock);
}

void watcher_configure(const WatcherSettings *settings)
{
    char *before = NULL;
    pthread_mutex_lock(&watcher.lock);
    if (watcher.status.state != STATE_RUNNING) {
        before = watcher.settings.argv_json;
    }
    watcher.settings = *settings;
    pthread_mutex_unlock(&watcher.lock);
    free(before);
}

void watcher_crash_after(uint64_t records)
{
    watcher.crash_after = records;
}
