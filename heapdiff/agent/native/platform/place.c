#define _GNU_SOURCE
#include "platform/place.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "platform/message.h"

int open_private_directory(const char *path, const char **reason)
{
    struct stat about, parent;
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0 && errno == ENOENT && mkdir(path, 0700) == 0) {
        fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    }
    if (fd < 0) {
        *reason = errno == ELOOP || errno == ENOTDIR ? "it is a symbolic link or no directory" : describe_error(errno);
        return -1;
    }
    *reason = NULL;
    if (fstat(fd, &about) != 0) {
        *reason = describe_error(errno);
    } else if (about.st_uid != geteuid()) {
        *reason = "it belongs to another user";
    } else if (about.st_mode & (S_IWGRP | S_IWOTH)) {
        *reason = "others may write to it";
    } else if (fstatat(fd, "..", &parent, 0) == 0 && (parent.st_mode & S_IWOTH) && !(parent.st_mode & S_ISVTX)) {
        *reason = "others may put another directory in its place";
    }
    if (*reason != NULL) {
        close(fd);
        return -1;
    }
    return fd;
}

bool place_take(Place *place, const char *path, int fd)
{
    struct stat about;
    if (fstat(fd, &about) != 0) {
        return false;
    }
    *place = (Place){path, about.st_dev, about.st_ino};
    return true;
}

int place_open(const Place *place)
{
    Place now;
    int fd = open(place->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd >= 0 && (!place_take(&now, place->path, fd) || now.device != place->device || now.inode != place->inode)) {
        close(fd);
        errno = ESTALE;
        fd = -1;
    }
    return fd;
}
