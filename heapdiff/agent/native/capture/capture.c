#define _GNU_SOURCE
#include "capture/capture.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "capacity/siblings.h"
#include "capture/allocator.h"
#include "capture/calls.h"
#include "capture/child.h"
#include "capture/summary.h"
#include "cpython/collector.h"
#include "cpython/internals.h"
#include "directory/new_file.h"
#include "directory/pruning.h"
#include "joining/traces.h"
#include "platform/cgroup.h"
#include "platform/clock.h"
#include "platform/message.h"
#include "platform/memory.h"
#include "platform/place.h"
#include "platform/system.h"
#include "walk/walk.h"
#include "format.h"
#include "write/json.h"
#include "write/output.h"

enum { DIRECTORY = 0 }; /* the first descriptor of a process that has none */

static bool text_section(HeapFile *file, const char tag[4], const Text *text)
{
    Section section;
    if (text->failed || !section_init(&section, file, tag, text->used + 1)) {
        return false;
    }
    put_bytes(&section, text->text, text->used);
    return section_flush(&section);
}

static bool tail_section(HeapFile *file, WalkTotals totals)
{
    const uint64_t fields[6] = {totals.objects, totals.references, totals.bytes,
                                totals.records, totals.roots,      totals.faults};
    Section section;
    if (!section_init(&section, file, "TAIL", sizeof fields)) {
        return false;
    }
    for (size_t i = 0; i < 6; i++) {
        for (int byte = 0; byte < 8; byte++) {
            put_byte(&section, (uint8_t)(fields[i] >> (8 * byte)));
        }
    }
    return section_flush(&section);
}

static void say_why(CaptureReport *report, const char *what)
{
    size_t bytes = strlen(what);
    bytes = bytes < sizeof report->reason ? bytes : sizeof report->reason - 1;
    memcpy(report->reason, what, bytes);
}

static unsigned count_other_interpreters(void)
{
    unsigned count = 0;
    for (PyInterpreterState *each = PyInterpreterState_Head(); each != NULL; each = PyInterpreterState_Next(each)) {
        count += each != PyInterpreterState_Main();
    }
    return count;
}

static bool write_heap(const CaptureOrder *order, CaptureReport *report, AllocatorReading *allocators, HeapFile *file,
                       Walk **walk)
{
    Text info, memory;
    uint64_t start = monotonic_ns();
    WalkOptions options = {
        .graph = order->room == ROOM_GRAPH, .tracked_only = order->room == ROOM_TRACKED, .values = order->values,
        .hashes = order->hashes, .captured_ns = order->began_ns, .crash_after = order->crash_after, .progress = &report->progress};
    if (!text_init(&info, 1 << 16) || !text_init(&memory, 1 << 12) || (*walk = walk_new(file, options)) == NULL) {
        return false;
    }
    summary_info(&info, order, report);
    if (!text_section(file, "INFO", &info) || !walk_heap(*walk, PyInterpreterState_Main())) {
        return false;
    }
    report->totals = walk_totals(*walk);
    report->traces_hidden = order->room == ROOM_GRAPH && traces_are_hidden();
    report->other_interpreters = count_other_interpreters();
    report->allocators = allocator_end(allocators);
    siblings_read(order->pid, order->parent_pid);
    summary_memory(&memory, order, report);
    bool done = calls_write(file) && text_section(file, "MEMO", &memory) && tail_section(file, report->totals);
    report->walk_ns = monotonic_ns() - start;
    report->private_bytes = read_private_bytes();
    return done;
}

static bool write_summary(const CaptureOrder *order, const CaptureReport *report, Tables *tables, GraphFacts graph,
                          int directory, NewFile *file)
{
    Text text;
    if (!text_init(&text, 1 << 18)) {
        errno = ENOMEM;
        return false;
    }
    summary_write(&text, order, report, tables, graph);
    errno = ENOMEM;
    bool done = !text.failed && begin_file(file, directory, order->stem, SUMMARY_SUFFIX, O_TRUNC)
        && write_all(file->fd, text.text, text.used) && finish_file(file);
    int error = errno;
    memory_unmap(text.text, text.capacity);
    errno = error;
    return done;
}

/* What C code of extensions prints goes nowhere: a directory cannot be written to. */
static bool open_directory(const Place *place)
{
    return place_open(place) == DIRECTORY && dup2(DIRECTORY, STDOUT_FILENO) == STDOUT_FILENO
        && dup2(DIRECTORY, STDERR_FILENO) == STDERR_FILENO;
}

static bool run(const CaptureOrder *order, CaptureReport *report, AllocatorReading *allocators, NewFile *heap, NewFile *summary)
{
    HeapFile file = {.fd = -1};
    Walk *walk = NULL;
    bool with_graph = order->room == ROOM_GRAPH;
    if (!open_directory(&order->place)
        || (with_graph && !begin_file(heap, DIRECTORY, order->stem, GRAPH_SUFFIX, O_CREAT | O_EXCL))) {
        report->error = errno;
        return false;
    }
    bool written = heap_file_begin(&file, with_graph ? heap->fd : -1, order->values ? FLAG_VALUES : 0)
        && write_heap(order, report, allocators, &file, &walk);
    if (!written) {
        report->error = file.error != 0 ? file.error : ENOMEM;
        return false;
    }
    GraphFacts graph = {with_graph, file.written, file.whole_crc};
    report->heap_bytes = with_graph ? file.written : 0;
    bool complete = (!with_graph || finish_file(heap))
        && write_summary(order, report, walk_tables(walk), graph, DIRECTORY, summary) && (!with_graph || (report->graph_stands = publish_file(heap)));
    report->appears = complete;
    if (!complete || !publish_file(summary)) {
        report->error = errno;
        return false;
    }
    report->done = 1;
    fsync(DIRECTORY);
    return true;
}

static void prune(const CaptureOrder *order, int directory)
{
    PruningRules rules = {order->host, order->identity, order->keep, order->max_bytes};
    prune_snapshots(directory, &rules);
}

bool capture_figures(const CaptureOrder *order, CaptureReport *report, int directory)
{
    NewFile summary = {.fd = -1};
    bool done = write_summary(order, report, NULL, (GraphFacts){0}, directory, &summary) && publish_file(&summary);
    int error = errno;
    if (summary.fd >= 0) {
        close(summary.fd);
    }
    report->done = done;
    if (done) {
        prune(order, directory);
    }
    errno = error;
    return done;
}

_Noreturn void capture_child(const CaptureOrder *order, CaptureReport *report)
{
    NewFile heap = {.fd = -1}, summary = {.fd = -1};
    AllocatorReading allocators = {.reader = -1};
    report->apart = true;
    child_settle(order->deadline_s);
    report->collector = collector_state();
    PyGC_Disable();
    if (order->room <= ROOM_SUMMARY && (memory_is_plenty() || memory_ends_together() == NULL)) { /* it is one more process */
        allocator_begin(&allocators);
    }
    child_use_own_memory();
    bool done = run(order, report, &allocators, &heap, &summary);
    allocator_end(&allocators);
    if (done) {
        prune(order, DIRECTORY);
    } else {
        say_why(report, describe_error(report->error));
        unlinkat(DIRECTORY, heap.partial, 0); /* not the summary's: the name stays ours until the parent has looked */
    }
    give_memory_back();
    syscall(SYS_exit_group, 0);
    __builtin_unreachable();
}
