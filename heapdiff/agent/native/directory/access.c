#define _GNU_SOURCE
#include "directory/access.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "directory/parents.h"
#include "platform/message.h"

static const char *distrust(int fd)
{
    struct stat about;
    if (fstat(fd, &about) != 0) {
        return describe_error(errno);
    }
    if (about.st_uid != geteuid()) {
        return "it belongs to another user";
    }
    return about.st_mode & (S_IWGRP | S_IWOTH) ? "others may write to it; run chmod 700 on it" : NULL;
}

int open_private_directory(const char *path, char *reason, size_t room)
{
    if (find_weak_parent(path, reason, room)) {
        return -1;
    }
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0 && errno == ENOENT && mkdir(path, 0700) == 0) {
        fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    }
    const char *why = fd >= 0                               ? distrust(fd)
                    : errno == ELOOP || errno == ENOTDIR ? "it is a symbolic link or no directory"
                                                         : describe_error(errno);
    if (why == NULL) {
        return fd;
    }
    snprintf(reason, room, "%s", why);
    if (fd >= 0) {
        close(fd);
    }
    return -1;
}
