#define _GNU_SOURCE
#include "directory/new_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

bool begin_file(NewFile *file, int directory, const char *stem, const char *suffix, int creation)
{
    file->directory = directory;
    strcpy(stpcpy(file->final, stem), suffix);
    file->partial[0] = '.';
    strcpy(stpcpy(file->partial + 1, file->final), PARTIAL_SUFFIX);
    file->fd = openat(directory, file->partial, O_WRONLY | O_NOFOLLOW | O_CLOEXEC | creation, 0600);
    return file->fd >= 0;
}

bool finish_file(NewFile *file)
{
    bool synced = fsync(file->fd) == 0 || errno == EINVAL || errno == EROFS;
    int error = errno;
    if (close(file->fd) != 0 && synced) {
        synced = false;
        error = errno;
    }
    file->fd = -1;
    errno = error;
    return synced;
}

bool publish_file(const NewFile *file)
{
    return renameat(file->directory, file->partial, file->directory, file->final) == 0;
}
