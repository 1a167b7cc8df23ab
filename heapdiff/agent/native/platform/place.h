/* Directories, known again by their identity. No malloc, no stdio. */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* A directory that was opened once and is held by its name since: a descriptor that stays open in the application's
   table could be inherited by its children, closed by it, or replaced. `path` NULL: none. */
typedef struct {
    const char *path;
    dev_t device;
    ino_t inode;
} Place;

/* False with errno when the descriptor is none. */
bool place_take(Place *place, const char *path, int fd);
/* A descriptor for a moment; -1 with errno, ESTALE when another directory has that name now. */
int place_open(const Place *place);

/* As the kernel's getdents64 writes it: readdir(3) would allocate. */
typedef struct {
    uint64_t inode;
    int64_t offset;
    unsigned short length;
    unsigned char type;
    char name[];
} DirectoryEntry;
