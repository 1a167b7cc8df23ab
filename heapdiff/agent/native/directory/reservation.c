#include "directory/reservation.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

enum { NAME_TRIES = 10000 };

static bool exists(int directory, const char *stem, const char *suffix)
{
    char name[FILE_NAME_MOST];
    snprintf(name, sizeof name, "%s%s", stem, suffix);
    return faccessat(directory, name, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

static void remove_file(int directory, const char *form, const char *stem)
{
    char name[FILE_NAME_MOST];
    snprintf(name, sizeof name, form, stem);
    unlinkat(directory, name, 0);
}

bool reserve(int directory, const char *stem)
{
    char partial[FILE_NAME_MOST];
    snprintf(partial, sizeof partial, ".%s" SUMMARY_SUFFIX PARTIAL_SUFFIX, stem);
    int fd = openat(directory, partial, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (fd >= 0) {
        close(fd);
    }
    return fd >= 0;
}

bool reserve_free(int directory, char stem[STEM_MOST], const char *host, unsigned sequence, const char *time)
{
    for (unsigned at = 0; at < NAME_TRIES; at++) {
        snprintf(stem, STEM_MOST, "%s-%d-%04u-%s", host, (int)getpid(), sequence + at, time);
        if (!reserve(directory, stem)) {
            if (errno != EEXIST) {
                return false;
            }
        } else if (exists(directory, stem, SUMMARY_SUFFIX) || exists(directory, stem, GRAPH_SUFFIX)) {
            remove_file(directory, ".%s" SUMMARY_SUFFIX PARTIAL_SUFFIX, stem);
        } else {
            return true;
        }
    }
    errno = EEXIST;
    return false;
}

void remove_graph(int directory, const char *stem)
{
    remove_file(directory, ".%s" GRAPH_SUFFIX PARTIAL_SUFFIX, stem);
}

void remove_remains(int directory, const char *stem, bool graph_stands)
{
    remove_graph(directory, stem);
    if (graph_stands && !exists(directory, stem, SUMMARY_SUFFIX)) {
        remove_file(directory, "%s" GRAPH_SUFFIX, stem);
    }
    remove_file(directory, ".%s" SUMMARY_SUFFIX PARTIAL_SUFFIX, stem);
}
