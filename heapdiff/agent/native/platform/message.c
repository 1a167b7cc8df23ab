#define _GNU_SOURCE
#include "platform/message.h"

#include <poll.h>
#include <stdatomic.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { MESSAGE_MOST = 1024 };

#ifdef __GLIBC__
/* From 2.32 on, and before; our wheels run from 2.28 on. Its strerror may take a lock, for translations. */
extern __typeof__(strerrordesc_np) strerrordesc_np __attribute__((weak));
extern const char *const _sys_errlist[] __attribute__((weak));
extern const int _sys_nerr __attribute__((weak));
#endif

static struct stat standard_error;
static atomic_bool hushed;

void message_hush(bool yes)
{
    atomic_store(&hushed, yes);
}

void message_begin(void)
{
    memset(&standard_error, 0, sizeof standard_error);
    fstat(STDERR_FILENO, &standard_error);
}

/* An application may close it; then its next file or connection gets the number. */
static bool is_standard_error(int fd)
{
    struct stat now;
    return fstat(fd, &now) == 0 && now.st_dev == standard_error.st_dev && now.st_ino == standard_error.st_ino
        && now.st_ino != 0;
}

void say(const char *format, ...)
{
    char line[MESSAGE_MOST];
    va_list arguments;
    int head = snprintf(line, sizeof line, "heapdiff: pid %d: ", (int)getpid());
    va_start(arguments, format);
    int body = vsnprintf(line + head, sizeof line - (size_t)head - 1, format, arguments);
    va_end(arguments);
    size_t bytes = strlen(line);
    if (body < 0 || atomic_load(&hushed)) {
        return;
    }
    line[bytes++] = '\n';
    struct pollfd writable = {.fd = STDERR_FILENO, .events = POLLOUT};
    if (is_standard_error(STDERR_FILENO) && poll(&writable, 1, 0) == 1 && (writable.revents & POLLOUT)) {
        ssize_t ignored = write(STDERR_FILENO, line, bytes);
        (void)ignored;
    }
}

const char *describe_error(int error)
{
    const char *text = NULL;
#ifdef __GLIBC__
    if (strerrordesc_np != NULL) {
        text = strerrordesc_np(error);
    } else if (&_sys_nerr != NULL && error > 0 && error < _sys_nerr) {
        text = _sys_errlist[error];
    }
#else
    text = strerror(error);
#endif
    return text == NULL ? "unknown error" : text;
}
