#include "platform/cgroup.h"

#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "platform/files.h"

enum { PLACE_MOST = 1024, PLENTY = 1 << 28 };

typedef struct {
    const char *mount, *current, *limit;
    const char *inactive, *active, *slab, *dirty, *writeback; /* lines of memory.stat */
} Hierarchy;

static const Hierarchy version1 = {
    "/sys/fs/cgroup/memory", "/memory.usage_in_bytes", "/memory.limit_in_bytes",
    "total_inactive_file ", "total_active_file ", "total_slab_reclaimable ", "total_dirty ", "total_writeback ",
};
static const Hierarchy version2 = {
    "/sys/fs/cgroup", "/memory.current", "/memory.max",
    "inactive_file ", "active_file ", "slab_reclaimable ", "file_dirty ", "file_writeback ",
};

static bool join(char path[PLACE_MOST], const char *directory, const char *file)
{
    size_t head = strlen(directory), tail = strlen(file);
    if (head + tail + 1 > PLACE_MOST) {
        return false;
    }
    memcpy(path, directory, head);
    memcpy(path + head, file, tail + 1);
    return true;
}

static bool read_number(const char *directory, const char *file, uint64_t *number)
{
    char path[PLACE_MOST], text[64];
    if (!join(path, directory, file) || !read_file(path, text, sizeof text)) {
        return false;
    }
    *number = text[0] == 'm' ? 0 : parse_number(text); /* "max" */
    return true;
}

static uint64_t line_number(const char *text, const char *name)
{
    const char *found = find_line(text, name);
    return found == NULL ? 0 : parse_number(found);
}

/* As the kernel reckons MemAvailable: file cache that is not in use, half of what is. What must go to the disk first is no
   help at once. */
static uint64_t reclaimable(const Hierarchy *hierarchy, const char *text)
{
    uint64_t cache = line_number(text, hierarchy->inactive)
        + (line_number(text, hierarchy->active) + line_number(text, hierarchy->slab)) / 2;
    uint64_t bound = line_number(text, hierarchy->dirty) + line_number(text, hierarchy->writeback);
    return cache > bound ? cache - bound : 0;
}

/* Version 1 writes "no limit" as a number near 2**63. */
static MemoryLevel read_level(const Hierarchy *hierarchy, const char *directory)
{
    char path[PLACE_MOST], text[8192];
    MemoryLevel level = {0};
    level.known = read_number(directory, hierarchy->current, &level.current);
    if (!level.known) {
        return level;
    }
    if (!read_number(directory, hierarchy->limit, &level.limit) || level.limit >> 60 != 0) {
        level.limit = 0;
    }
    if (join(path, directory, "/memory.stat") && read_file(path, text, sizeof text)) {
        level.reclaimable = reclaimable(hierarchy, text);
    }
    return level;
}

/* Version 1 stands as "N:memory:/path", version 2 as "0::/path". Inside a container the path may not be visible; then
   the mount's root is this container's own group. Fills `place` with the group's directory. */
static const Hierarchy *find_own(char place[PLACE_MOST])
{
    const struct {
        const Hierarchy *hierarchy;
        const char *mark;
    } kinds[] = {{&version1, ":memory:"}, {&version2, "0::"}};
    char text[4096];
    if (!read_file("/proc/self/cgroup", text, sizeof text)) {
        text[0] = '\0';
    }
    for (int kind = 0; kind < 2; kind++) {
        const Hierarchy *hierarchy = kinds[kind].hierarchy;
        uint64_t ignored;
        char *group = strstr(text, kinds[kind].mark);
        if (group != NULL) {
            char line[PLACE_MOST];
            group += strlen(kinds[kind].mark);
            size_t length = strcspn(group, "\n");
            if (length < sizeof line) {
                memcpy(line, group, length);
                line[length > 1 ? length : 0] = '\0';
                if (join(place, hierarchy->mount, line) && read_number(place, hierarchy->current, &ignored)) {
                    return hierarchy;
                }
            }
        }
        if (join(place, hierarchy->mount, "") && read_number(place, hierarchy->current, &ignored)) {
            return hierarchy;
        }
    }
    return NULL;
}

MemoryLevel cgroup_own(void)
{
    char place[PLACE_MOST];
    const Hierarchy *hierarchy = find_own(place);
    MemoryLevel none = {0};
    return hierarchy == NULL ? none : read_level(hierarchy, place);
}

static bool to_parent(char place[PLACE_MOST], const Hierarchy *hierarchy)
{
    char *slash = strrchr(place, '/');
    if (strlen(place) <= strlen(hierarchy->mount) || slash == NULL) {
        return false;
    }
    *slash = '\0';
    return true;
}

static uint64_t machine(const char *name)
{
    char text[4096];
    return read_file("/proc/meminfo", text, sizeof text) ? line_bytes(text, name) : 0;
}

uint64_t memory_limit(void)
{
    char place[PLACE_MOST];
    const Hierarchy *hierarchy = find_own(place);
    uint64_t tightest = machine("MemTotal:");
    if (hierarchy != NULL) {
        do {
            MemoryLevel level = read_level(hierarchy, place);
            if (level.known && level.limit != 0 && (tightest == 0 || level.limit < tightest)) {
                tightest = level.limit;
            }
        } while (to_parent(place, hierarchy));
    }
    return tightest;
}

bool memory_left(uint64_t *bytes, const char **where)
{
    char place[PLACE_MOST];
    const Hierarchy *hierarchy = find_own(place);
    *bytes = machine("MemAvailable:");
    *where = "the machine";
    bool known = *bytes > 0;
    if (hierarchy != NULL) {
        do {
            MemoryLevel level = read_level(hierarchy, place);
            if (level.known && level.limit != 0) {
                uint64_t free = level.limit > level.current ? level.limit - level.current : 0;
                uint64_t left = free + (level.reclaimable < level.current ? level.reclaimable : level.current);
                if (!known || left < *bytes) {
                    *bytes = left;
                    *where = "the control group";
                    known = true;
                }
            }
        } while (to_parent(place, hierarchy));
    }
    return known;
}

bool memory_is_plenty(void)
{
    uint64_t left;
    const char *where;
    return !memory_left(&left, &where) || left >= PLENTY;
}

/* The file is root's where the process may not be dumped, as after it gave up root. */
static bool can_volunteer(void)
{
    struct stat score;
    return stat("/proc/self/oom_score_adj", &score) != 0 || score.st_uid == geteuid();
}

const char *memory_ends_together(void)
{
    char place[PLACE_MOST];
    uint64_t flag = 0;
    if (find_own(place) == &version2) {
        while (!(read_number(place, "/memory.oom.group", &flag) && flag == 1) && to_parent(place, &version2)) {
        }
    }
    if (flag == 1) {
        return ", and the kernel would end the whole group (memory.oom.group)";
    }
    return can_volunteer() ? NULL : ", and the kernel might end the process instead of its child (oom_score_adj is protected)";
}

uint64_t memory_kills(void)
{
    char text[1 << 14];
    return read_file("/proc/vmstat", text, sizeof text) ? line_number(text, "oom_kill ") : 0;
}
