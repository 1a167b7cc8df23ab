#define _GNU_SOURCE
#include "directory/pruning.h"

#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "directory/stem.h"
#include "platform/files.h"
#include "platform/memory.h"
#include "platform/place.h"

enum { NAME_MOST = 256, LISTED_MOST = 16384, TIME_BYTES = 16 };
enum { STALE_S = 7200 };   /* no capture has more than an hour */
enum { HEAD_BYTES = 8192 }; /* the label, which comes before the identity, may be a kilobyte of escapes */

typedef struct {
    char stem[NAME_MOST];
    char time[TIME_BYTES];
    char identity[IDENTITY_MOST];   /* of a summary by an earlier version the number alone */
    uint64_t sequence, bytes;
    bool foreign, removed;          /* foreign: of a process elsewhere that may run: not ours to count or remove */
} Listed;

static bool is_digits(const char *text, size_t least, size_t most, size_t *length)
{
    *length = strspn(text, "0123456789");
    return *length >= least && *length <= most;
}

/* "HOST-PID-SEQUENCE-UTCTIME" of this host, taken apart. */
static bool parse_stem(Listed *entry, const char *stem, size_t bytes, const char *host)
{
    size_t head = strlen(host), length;
    if (bytes >= NAME_MOST || bytes <= head + 1 || memcmp(stem, host, head) != 0 || stem[head] != '-') {
        return false;
    }
    memcpy(entry->stem, stem, bytes);
    entry->stem[bytes] = '\0';
    const char *at = entry->stem + head + 1;
    if (!is_digits(at, 1, 10, &length) || at[length] != '-') {
        return false;
    }
    memcpy(entry->identity, at, length);
    entry->identity[length] = '\0';
    at += length + 1;
    if (!is_digits(at, 4, 10, &length) || at[length] != '-') {
        return false;
    }
    entry->sequence = parse_number(at);
    at += length + 1;
    if (strlen(at) != TIME_BYTES || !is_digits(at, 8, 8, &length) || at[8] != 'T'
        || !is_digits(at + 9, 6, 6, &length) || at[15] != 'Z') {
        return false;
    }
    memcpy(entry->time, at, TIME_BYTES);
    return true;
}

static void name_file(char name[NAME_MOST + 8], const char *stem, const char *suffix)
{
    strcpy(stpcpy(name, stem), suffix);
}

/* The size of a regular file of this user; false for anything else. */
static bool measure(int directory, const char *name, struct stat *about)
{
    return fstatat(directory, name, about, AT_SYMLINK_NOFOLLOW) == 0 && S_ISREG(about->st_mode)
        && about->st_uid == geteuid();
}

static size_t read_head(int directory, const char *name, char head[HEAD_BYTES + 1])
{
    int fd = openat(directory, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    ssize_t got = fd < 0 ? 0 : read(fd, head, HEAD_BYTES);
    if (fd >= 0) {
        close(fd);
    }
    head[got > 0 ? got : 0] = '\0';
    return got > 0 ? (size_t)got : 0;
}

/* Whether a file that begins so says that it is one of our summaries. */
static bool is_summary(const char *head, size_t bytes)
{
    static const char wanted[] = "{\"schema\":\"snapshot/";
    size_t matched = 0;
    for (size_t i = 0; i < bytes && matched < sizeof wanted - 1; i++) {
        if (head[i] == wanted[matched]) {
            matched++;
        } else if (head[i] != ' ' && head[i] != '\n') {
            return false;
        }
    }
    return matched == sizeof wanted - 1;
}

/* Who wrote it, unless an earlier version did. Nothing that a label or an argument says is taken for it: in them a quotation
   mark has a backslash before it. */
static void read_identity(Listed *entry, const char *head)
{
    static const char before[] = "\"identity\": \"";
    const char *at = strstr(head, before);
    size_t length = at == NULL ? 0 : strspn(at + sizeof before - 1, "0123456789abcdef-");
    if (length > 0 && length < IDENTITY_MOST && at[sizeof before - 1 + length] == '"') {
        memcpy(entry->identity, at + sizeof before - 1, length);
        entry->identity[length] = '\0';
    }
}

/* Whether its process still runs, as far as anybody knows: who finds that it does not takes the record away. */
static bool has_record(int directory, const char *identity)
{
    char name[FILE_NAME_MOST];
    strcpy(stpcpy(stpcpy(name, RECORD_PREFIX), identity), SUMMARY_SUFFIX);
    return faccessat(directory, name, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

/* NAMESPACE-BOOT, where its number means something; empty in what earlier versions wrote. */
static const char *place_of(const char *identity)
{
    const char *dash = strchr(identity, '-');
    dash = dash == NULL ? NULL : strchr(dash + 1, '-');
    return dash == NULL ? "" : dash;
}

static bool ends_with(const char *name, size_t bytes, const char *suffix, size_t *stem)
{
    size_t tail = strlen(suffix);
    *stem = bytes - tail;
    return bytes > tail && memcmp(name + bytes - tail, suffix, tail) == 0;
}

/* Half a snapshot whose process ended before it could clean up, whosoever it was. */
static void remove_if_stale(int directory, const char *name, size_t bytes, const char *host)
{
    static const char *const suffixes[] = {SUMMARY_SUFFIX PARTIAL_SUFFIX, GRAPH_SUFFIX PARTIAL_SUFFIX};
    Listed entry;
    struct stat about;
    size_t stem;
    for (int i = 0; i < 2; i++) {
        if (name[0] == '.' && ends_with(name, bytes, suffixes[i], &stem) && parse_stem(&entry, name + 1, stem - 1, host)
            && measure(directory, name, &about) && about.st_mtime + STALE_S < time(NULL)) {
            unlinkat(directory, name, 0);
        }
    }
}

static bool list_one(int directory, const char *name, const PruningRules *rules, Listed *entry)
{
    static char head[HEAD_BYTES + 1];
    char graph[NAME_MOST + 8];
    struct stat about;
    size_t stem, bytes = strlen(name);
    if (!ends_with(name, bytes, SUMMARY_SUFFIX, &stem)) {
        remove_if_stale(directory, name, bytes, rules->host);
        return false;
    }
    if (!parse_stem(entry, name, stem, rules->host) || !measure(directory, name, &about)
        || !is_summary(head, read_head(directory, name, head))) {
        return false;
    }
    read_identity(entry, head);
    entry->foreign = strcmp(place_of(entry->identity), place_of(rules->identity)) != 0 && has_record(directory, entry->identity);
    entry->bytes = (uint64_t)about.st_size;
    entry->removed = false;
    name_file(graph, entry->stem, GRAPH_SUFFIX);
    entry->bytes += measure(directory, graph, &about) ? (uint64_t)about.st_size : 0;
    return true;
}

static size_t list_all(int directory, const PruningRules *rules, Listed *entries)
{
    char listed[4096];
    size_t count = 0;
    int listing = openat(directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (listing < 0) {
        return 0;
    }
    for (long got; (got = syscall(SYS_getdents64, listing, listed, sizeof listed)) > 0;) {
        for (long at = 0; at < got; at += ((DirectoryEntry *)(listed + at))->length) {
            const char *name = ((DirectoryEntry *)(listed + at))->name;
            if (count < LISTED_MOST && list_one(directory, name, rules, &entries[count])) {
                count++;
            }
        }
    }
    close(listing);
    return count;
}

static bool is_older(const Listed *left, const Listed *right)
{
    int order = memcmp(left->time, right->time, TIME_BYTES);
    return order != 0 ? order < 0 : left->sequence < right->sequence;
}

/* Oldest first. In place and without malloc, which qsort may use. */
static void sort_by_age(Listed *entries, size_t count)
{
    for (size_t gap = count / 2; gap > 0; gap /= 2) {
        for (size_t i = gap; i < count; i++) {
            Listed held = entries[i];
            size_t at = i;
            for (; at >= gap && is_older(&held, &entries[at - gap]); at -= gap) {
                entries[at] = entries[at - gap];
            }
            entries[at] = held;
        }
    }
}

/* The summary first: a graph alone is never taken for a complete snapshot. */
static void remove_snapshot(int directory, Listed *entry)
{
    char name[NAME_MOST + 8];
    struct stat about;
    name_file(name, entry->stem, SUMMARY_SUFFIX);
    unlinkat(directory, name, 0);
    name_file(name, entry->stem, GRAPH_SUFFIX);
    if (measure(directory, name, &about)) {
        unlinkat(directory, name, 0);
    }
    entry->removed = true;
}

static void keep_count(int directory, Listed *entries, size_t count, const PruningRules *rules)
{
    size_t own = 0;
    for (size_t i = 0; i < count; i++) {
        own += strcmp(entries[i].identity, rules->identity) == 0;
    }
    for (size_t i = 0; rules->keep > 0 && i < count && own > rules->keep; i++) {
        if (strcmp(entries[i].identity, rules->identity) == 0) {
            remove_snapshot(directory, &entries[i]);
            own--;
        }
    }
}

static bool is_last_of_its_process(const Listed *entries, size_t count, size_t at)
{
    for (size_t later = at + 1; later < count; later++) {
        if (strcmp(entries[later].identity, entries[at].identity) == 0 && !entries[later].removed) {
            return false;
        }
    }
    return true;
}

static void keep_bytes(int directory, Listed *entries, size_t count, const PruningRules *rules)
{
    uint64_t total = 0;
    for (size_t i = 0; i < count; i++) {
        entries[i].removed = entries[i].removed || entries[i].foreign;
        total += entries[i].removed ? 0 : entries[i].bytes;
    }
    for (size_t i = 0; rules->max_bytes > 0 && i + 1 < count && total > rules->max_bytes; i++) {
        const char *identity = entries[i].identity;
        bool running = strcmp(identity, rules->identity) == 0 || has_record(directory, identity);
        if (!entries[i].removed && !(running && is_last_of_its_process(entries, count, i))) {
            remove_snapshot(directory, &entries[i]);
            total -= entries[i].bytes;
        }
    }
}

void prune_snapshots(int directory, const PruningRules *rules)
{
    Listed *entries = memory_map(LISTED_MOST * sizeof *entries);
    if (entries == NULL) {
        return;
    }
    size_t count = list_all(directory, rules, entries);
    sort_by_age(entries, count);
    keep_count(directory, entries, count, rules);
    keep_bytes(directory, entries, count, rules);
    memory_unmap(entries, LISTED_MOST * sizeof *entries);
}
