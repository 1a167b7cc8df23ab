#define _GNU_SOURCE
#include "registry.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { WISH_MOST = 4096 };

void registry_take_wish(int directory, WatcherRequest *request)
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
    request->graph = text[6] != '0';
    char *label = strchr(text, '\n');
    char *values = strstr(text, " values=1");
    request->values = values != NULL && (label == NULL || values < label);
    if (label != NULL && label[1] != '\0') {
        label[1 + strcspn(label + 1, "\r\n")] = '\0';
        snprintf(request->label, sizeof request->label, "%s", label + 1);
        request->has_label = request->label[0] != '\0';
    }
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

void registry_publish(const Place *place, const Outcome *outcome)
{
    char name[64], partial[72], error[ERROR_MOST * 2], at[28], text[ERROR_MOST * 2 + 512];
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    format_time(&now, at);
    json_escape(error, sizeof error, outcome->error);
    snprintf(name, sizeof name, ".agent-%d.last", (int)getpid());
    snprintf(partial, sizeof partial, "%s.partial", name);
    int length = snprintf(text, sizeof text,
                          "{\"ticket\": %u, \"state\": \"%s\", \"name\": \"%s\", \"error\": \"%s\", \"at\": \"%s\"}\n",
                          outcome->ticket, outcome->state, outcome->name, error, at);
    int directory = place_open(place);
    if (directory < 0) {
        return;
    }
    unlinkat(directory, partial, 0);
    int fd = openat(directory, partial, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (fd >= 0) {
        bool written = length > 0 && write(fd, text, (size_t)length) == length;
        close(fd);
        if (!written || renameat(directory, partial, directory, name) != 0) {
            unlinkat(directory, partial, 0);
        }
    }
    close(directory);
}
