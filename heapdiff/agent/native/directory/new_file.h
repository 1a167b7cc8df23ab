/* A file that is written under a name of its own and gets its final one when it is whole. */
#pragma once

#include <stdbool.h>

#include "directory/stem.h"

typedef struct {
    char partial[FILE_NAME_MOST], final[FILE_NAME_MOST];
    int directory, fd;
} NewFile;

/* `creation`: O_EXCL and the like. False with errno, as the others are. */
bool begin_file(NewFile *file, int directory, const char *stem, const char *suffix, int creation);
/* All of it on the disk, and closed. */
bool finish_file(NewFile *file);
bool publish_file(const NewFile *file);
