#define _GNU_SOURCE
#include "directory/registry.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "directory/stem.h"
#include "platform/clock.h"
#include "platform/memory.h"
#include "write/json.h"
#include "write/output.h"

enum { WISH_MOST = 4096 };

void registry_take_wish(int directory, Wish *wish)
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
    wish->graph = text[6] != '0';
    char *label = strchr(text, '\n');
    char *values = strstr(text, " values=1");
    wish->values = values != NULL && (label == NULL || values < label);
    if (label != NULL && label[1] != '\0') {
        label[1 + strcspn(label + 1, "\r\n")] = '\0';
        snprintf(wish->label, sizeof wish->label, "%s", label + 1);
        wish->has_label = wish->label[0] != '\0';
    }
}

static void add_outcome(Text *text, const Outcome *outcome)
{
    struct timespec now;
    char at[28];
    clock_gettime(CLOCK_REALTIME, &now);
    format_time(&now, at);
    text_add(text, "{\"ticket\": ");
    text_add_number(text, outcome->ticket);
    text_add(text, ", \"state\": ");
    text_add_json_z(text, outcome->state);
    text_add(text, ", \"name\": ");
    text_add_json_z(text, outcome->name);
    text_add(text, ", \"error\": ");
    text_add_json_z(text, outcome->error);
    text_add(text, ", \"at\": ");
    text_add_json_z(text, at);
    text_add(text, "}\n");
}

static void write_in(int directory, const Text *text)
{
    char name[64], partial[72];
    snprintf(name, sizeof name, ".agent-%d.last", (int)getpid());
    snprintf(partial, sizeof partial, "%s" PARTIAL_SUFFIX, name);
    unlinkat(directory, partial, 0);
    int fd = openat(directory, partial, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (fd >= 0) {
        bool written = write_all(fd, text->text, text->used);
        close(fd);
        if (!written || renameat(directory, partial, directory, name) != 0) {
            unlinkat(directory, partial, 0);
        }
    }
}

void registry_publish(const Place *place, const Outcome *outcome)
{
    Text text;
    if (!text_init(&text, 1 << 13)) {
        return;
    }
    add_outcome(&text, outcome);
    int directory = text.failed ? -1 : place_open(place);
    if (directory >= 0) {
        write_in(directory, &text);
        close(directory);
    }
    memory_unmap(text.text, text.capacity);
}
