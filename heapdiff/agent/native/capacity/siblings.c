#define _GNU_SOURCE
#include "capacity/siblings.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "platform/clock.h"
#include "platform/files.h"

enum { SIBLINGS_MOST = 32, PATIENCE_MS = 500, TEXT_MOST = 4096, FIELD_BEFORE_IMAGE = 25 };

typedef struct {
    int pid;
    bool is_parent, forked;
    uint64_t rss, pss, private_bytes, private_dirty, shared_dirty;
} Sibling;

static struct {
    Sibling items[SIBLINGS_MOST];
    unsigned count;
    bool read;
} family;

typedef struct {
    struct stat program;
    uint64_t image;     /* where the stack starts: another place for each program that is executed */
} Likeness;

static bool read_of(int pid, const char *name, char *text, size_t room)
{
    char path[128];
    snprintf(path, sizeof path, "/proc/%d/%s", pid, name);
    return read_file(path, text, room);
}

static bool read_likeness(int pid, Likeness *likeness)
{
    char text[TEXT_MOST];
    snprintf(text, sizeof text, "/proc/%d/exe", pid);
    if (stat(text, &likeness->program) != 0 || !read_of(pid, "stat", text, sizeof text)) {
        return false;
    }
    const char *at = strrchr(text, ')');
    for (int field = 0; at != NULL && field <= FIELD_BEFORE_IMAGE; field++) {
        at = strchr(at + 1, ' ');
    }
    likeness->image = at == NULL ? 0 : parse_number(at);
    return true;
}

static void look_at(int pid, bool is_parent, const Likeness *own)
{
    char text[TEXT_MOST];
    Likeness likeness;
    if (family.count == SIBLINGS_MOST || !read_likeness(pid, &likeness) || likeness.program.st_ino != own->program.st_ino
        || likeness.program.st_dev != own->program.st_dev || !read_of(pid, "smaps_rollup", text, sizeof text)) {
        return;
    }
    uint64_t dirty = line_bytes(text, "Private_Dirty:");
    family.items[family.count++] = (Sibling){
        pid, is_parent, likeness.image > 1 && likeness.image == own->image, line_bytes(text, "Rss:"), line_bytes(text, "Pss:"),
        line_bytes(text, "Private_Clean:") + dirty, dirty, line_bytes(text, "Shared_Dirty:")};
}

void siblings_read(int self, int parent)
{
    char children[TEXT_MOST], path[64];
    Likeness own;
    uint64_t last = monotonic_ns() + PATIENCE_MS * 1000000ull;
    if (parent <= 0 || !read_likeness(self, &own)) {
        return;
    }
    family.read = true;
    look_at(parent, true, &own);
    snprintf(path, sizeof path, "task/%d/children", parent);
    if (!read_of(parent, path, children, sizeof children)) {
        return;
    }
    for (const char *at = children, *end; (end = strchr(at, ' ')) != NULL && monotonic_ns() < last; at = end + 1) {
        int pid = (int)parse_number(at);
        if (pid > 0 && pid != self) {
            look_at(pid, false, &own);
        }
    }
}

void siblings_json(Text *text)
{
    if (!family.read) {
        text_add(text, "null");
        return;
    }
    text_add(text, "[");
    for (unsigned i = 0; i < family.count; i++) {
        const Sibling *each = &family.items[i];
        text_add(text, i == 0 ? "{" : ", {");
        text_add_count(text, "pid", (uint64_t)each->pid);
        text_add(text, each->is_parent ? ", \"parent\": true" : ", \"parent\": false");
        text_add(text, each->forked ? ", \"forked\": true" : ", \"forked\": false");
        text_add_count(text, "rss_bytes", each->rss);
        text_add_count(text, "pss_bytes", each->pss);
        text_add_count(text, "private_bytes", each->private_bytes);
        text_add_count(text, "private_dirty_bytes", each->private_dirty);
        text_add_count(text, "shared_dirty_bytes", each->shared_dirty);
        text_add(text, "}");
    }
    text_add(text, "]");
}
