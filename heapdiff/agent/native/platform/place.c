#define _GNU_SOURCE
#include "platform/place.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

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
