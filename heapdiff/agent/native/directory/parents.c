#define _GNU_SOURCE
#include "directory/parents.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "platform/message.h"

enum { WAY_MOST = 4096, LINKS_MOST = 40 };

/* Together `here` and `ahead` are never longer than one of them may be. */
typedef struct {
    char here[WAY_MOST];  /* walked: free of links, empty for the root */
    char ahead[WAY_MOST]; /* still to be walked */
    unsigned links;
    uid_t keeper;         /* whose "/" is, and with it all below: in a user namespace that isn't the user 0 */
} Way;

static bool is_listed(const char *path)
{
    return lgetxattr(path, "system.posix_acl_access", NULL, 0) >= 0;
}

PyObject *has_access_list(PyObject *module, PyObject *path)
{
    PyObject *encoded;
    if (!PyUnicode_FSConverter(path, &encoded)) {
        return NULL;
    }
    PyObject *answer = PyBool_FromLong(is_listed(PyBytes_AS_STRING(encoded)));
    Py_DECREF(encoded);
    return answer;
}

/* Root's, or the one that by custom is the user's alone. What an access list adds is held below the group's bits, so it is only
   looked for where those are set. */
static bool is_private_group(const char *path, gid_t group)
{
    bool own = group == 0 || (group == geteuid() && group == getegid());
    return own && !is_listed(path);
}

static bool is_weak(const Way *way, const struct stat *about, char *reason, size_t room)
{
    const char *path = way->here[0] == '\0' ? "/" : way->here;
    if (about->st_uid != 0 && about->st_uid != geteuid() && about->st_uid != way->keeper) {
        snprintf(reason, room, "other users can replace it: %s belongs to user %u", path, (unsigned)about->st_uid);
        return true;
    }
    if (!S_ISDIR(about->st_mode) || (about->st_mode & S_ISVTX)) {
        return false; /* in a sticky one the owners replace what follows, and those are looked at next */
    }
    if (about->st_mode & S_IWOTH) {
        snprintf(reason, room, "other users can replace it: %s is writable by everyone; run chmod +t on it", path);
        return true;
    }
    if ((about->st_mode & S_IWGRP) && !is_private_group(path, about->st_gid)) {
        snprintf(reason, room, "other users can replace it: %s is writable by group %u; run chmod +t on it", path,
                 (unsigned)about->st_gid);
        return true;
    }
    return false;
}

/* The first part of `ahead` goes to the end of `here`, whose length before that is returned. False when there is none. */
static bool step(Way *way, size_t *before)
{
    const char *part = way->ahead + strspn(way->ahead, "/");
    size_t bytes = strcspn(part, "/");
    *before = strlen(way->here);
    if (bytes == 0) {
        return false;
    }
    way->here[*before] = '/';
    memcpy(way->here + *before + 1, part, bytes);
    way->here[*before + 1 + bytes] = '\0';
    memmove(way->ahead, part + bytes, strlen(part + bytes) + 1);
    return true;
}

/* Takes back a part that names no entry: "." and "..". */
static bool is_turn(Way *way, size_t before)
{
    const char *part = way->here + before + 1;
    bool up = strcmp(part, "..") == 0;
    if (!up && strcmp(part, ".") != 0) {
        return false;
    }
    way->here[before] = '\0';
    char *last = up ? strrchr(way->here, '/') : NULL;
    if (last != NULL) {
        *last = '\0';
    }
    return true;
}

/* Its target comes before what was still ahead. False with errno. */
static bool follow_link(Way *way, size_t before)
{
    char target[WAY_MOST];
    ssize_t bytes = readlink(way->here, target, sizeof target);
    size_t rest = strlen(way->ahead);
    if (bytes < 0) {
        return false;
    }
    errno = ++way->links > LINKS_MOST ? ELOOP : before + (size_t)bytes + rest + 4 > WAY_MOST ? ENAMETOOLONG : 0;
    if (errno != 0) {
        return false;
    }
    memmove(way->ahead + bytes + 1, way->ahead, rest + 1);
    memcpy(way->ahead, target, (size_t)bytes);
    way->ahead[bytes] = '/';
    way->here[target[0] == '/' ? 0 : before] = '\0';
    return true;
}

/* Without its last part. False when the path is relative or too long. */
static bool set_out(Way *way, const char *path)
{
    size_t bytes = strlen(path);
    if (path[0] != '/' || bytes >= WAY_MOST) {
        return false;
    }
    while (bytes > 1 && path[bytes - 1] == '/') {
        bytes--;
    }
    while (bytes > 1 && path[bytes - 1] != '/') {
        bytes--;
    }
    memcpy(way->ahead, path, bytes);
    way->ahead[bytes] = '\0';
    way->here[0] = '\0';
    way->links = 0;
    return true;
}

bool find_weak_parent(const char *path, char *reason, size_t room)
{
    Way way;
    struct stat about;
    size_t before;
    if (!set_out(&way, path)) {
        snprintf(reason, room, "its path is relative or too long");
        return true;
    }
    if (lstat("/", &about) != 0) {
        snprintf(reason, room, "/ can't be looked at: %s", describe_error(errno));
        return true;
    }
    way.keeper = about.st_uid;
    bool weak = is_weak(&way, &about, reason, room);
    while (!weak && step(&way, &before)) {
        if (is_turn(&way, before)) {
            continue;
        }
        if (lstat(way.here, &about) != 0) {
            if (errno == ENOENT || errno == ENOTDIR) {
                return false;
            }
            snprintf(reason, room, "%s can't be looked at: %s", way.here, describe_error(errno));
            return true;
        }
        weak = is_weak(&way, &about, reason, room);
        if (!weak && S_ISLNK(about.st_mode) && !follow_link(&way, before)) {
            snprintf(reason, room, "%s can't be followed: %s", way.here, describe_error(errno));
            return true;
        }
    }
    return weak;
}
