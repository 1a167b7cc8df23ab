#include "message.h"

#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { MESSAGE_MOST = 1024 };

void say(const char *format, ...)
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
