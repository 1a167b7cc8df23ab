#define _GNU_SOURCE
#include "capture/summary.h"

#include <string.h>

#include "capacity/history.h"
#include "capacity/malloc_use.h"
#include "capacity/siblings.h"
#include "capture/calls.h"
#include "cpython/internals.h"
#include "platform/clock.h"
#include "platform/memory.h"

typedef struct {
    const char *text;
    size_t text_bytes;
    uint64_t count, bytes;
} TypeLine;

static void add_if_known(Text *text, const char *name, bool known, uint64_t number)
{
    if (known) {
        text_add_count(text, name, number);
    } else {
        text_add_string(text, name, NULL);
    }
}

static void process_json(Text *text, const CaptureOrder *order)
{
    text_add(text, "{");
    text_add_count(text, "pid", (uint64_t)order->pid);
    text_add_count(text, "parent_pid", (uint64_t)order->parent_pid);
    text_add_string(text, "host", order->host);
    text_add_string(text, "started_at", order->started_at);
    text_add_string(text, "identity", order->identity); /* early: who prunes reads the head */
    text_add_name(text, "argv");
    text_add(text, order->argv_json[0] == '\0' ? "[]" : order->argv_json);
    text_add(text, ", \"python\": \"");
    text_add_bytes(text, Py_GetVersion(), strcspn(Py_GetVersion(), " "));
    text_add(text, "\"");
    text_add_string(text, "server", order->server[0] == '\0' ? NULL : order->server);
    add_if_known(text, "requests", requests_are_counted, requests_served);
    calls_json(text);
    text_add_string(text, "release", order->deployment->release);
    text_add_string(text, "service", order->deployment->service);
    text_add_string(text, "environment", order->deployment->environment);
    text_add_string(text, "pod", order->deployment->pod);
    text_add(text, "}");
}

static void collector_json(Text *text, const CollectorState *collector)
{
    text_add(text, collector->enabled ? "{\"enabled\": true" : "{\"enabled\": false");
    text_add_count(text, "frozen", collector->frozen);
    text_add_name(text, "thresholds");
    for (int generation = 0; generation < GENERATIONS; generation++) {
        int64_t threshold = collector->thresholds[generation];
        text_add(text, generation == 0 ? "[" : ", ");
        text_add(text, threshold < 0 ? "-" : "");
        text_add_number(text, (uint64_t)(threshold < 0 ? -threshold : threshold));
    }
    text_add(text, "]");
    text_add_name(text, "collections");
    for (int generation = 0; generation < GENERATIONS; generation++) {
        text_add(text, generation == 0 ? "[" : ", ");
        text_add_number(text, collector->collections[generation]);
    }
    text_add(text, "]}");
}

/* The members that the summary and the INFO section share, from "heapdiff" to "collector". */
static void head_json(Text *text, const CaptureOrder *order, const CaptureReport *report)
{
    char captured_at[28];
    format_time(&order->captured_at, captured_at);
    text_add_string(text, "heapdiff", order->version);
    text_add_string(text, "id", order->stem);
    text_add_string(text, "label", order->has_label ? order->label : NULL);
    text_add_string(text, "captured_at", captured_at);
    text_add(text, ",\n \"process\": ");
    process_json(text, order);
    text_add(text, ",\n \"trigger\": ");
    text_add_json_z(text, order->trigger);
    text_add(text, order->values ? ", \"values\": true" : ", \"values\": false");
    text_add(text, ",\n \"collector\": ");
    collector_json(text, &report->collector);
}

void summary_info(Text *text, const CaptureOrder *order, const CaptureReport *report)
{
    const struct {
        const char *name;
        PyObject *object;
    } singletons[] = {{"none", Py_None}, {"true", Py_True}, {"false", Py_False}, {"ellipsis", Py_Ellipsis}};
    text_add(text, "{\"schema\": \"heap/1\"");
    head_json(text, order, report);
    text_add(text, ",\n \"engine\": \"native\", \"singletons\": {");
    for (size_t i = 0; i < sizeof singletons / sizeof singletons[0]; i++) {
        text_add_count(text, singletons[i].name, (uintptr_t)singletons[i].object);
    }
    text_add(text, "}}\n");
}

static void allocators_json(Text *text, const ProcessMemory *memory, const AllocatorUse *use)
{
    const struct {
        const char *name;
        bool known;
        uint64_t bytes;
    } figures[] = {
        {"anonymous_bytes", memory->has_rollup, memory->anonymous},
        {"swap_bytes", memory->has_rollup, memory->swap},
        {"pymalloc_used_bytes", use->pymalloc_known, use->pymalloc_used},
        {"pymalloc_free_bytes", use->pymalloc_known, use->arena_bytes - use->pymalloc_used},
        {"malloc_used_bytes", use->malloc_known, use->malloc_used + use->malloc_mapped},
        {"malloc_free_bytes", use->malloc_known, use->malloc_free},
    };
    for (size_t i = 0; i < sizeof figures / sizeof figures[0]; i++) {
        if (figures[i].known) {
            text_add_count(text, figures[i].name, figures[i].bytes);
        }
    }
}

void summary_memory(Text *text, const CaptureOrder *order, const CaptureReport *report)
{
    const ProcessMemory *memory = &order->memory;
    text_add(text, "{");
    text_add_count(text, "rss_bytes", memory->rss);
    add_if_known(text, "pss_bytes", memory->has_rollup, memory->pss);
    add_if_known(text, "private_bytes", memory->has_rollup, memory->private_bytes);
    add_if_known(text, "private_dirty_bytes", memory->has_rollup, memory->private_dirty);
    add_if_known(text, "shared_dirty_bytes", memory->has_rollup, memory->shared_dirty);
    text_add_count(text, "python_object_bytes", report->totals.bytes);
    text_add(text, ", \"allocator\": {");
    allocators_json(text, memory, &report->allocators);
    text_add(text, "}");
    text_add_string(text, "malloc", malloc_kind());
    text_add(text, ", \"cgroup\": ");
    if (memory->has_cgroup) {
        text_add(text, "{");
        text_add_count(text, "current_bytes", memory->cgroup_current);
        if (memory->cgroup_limit != 0) {
            text_add_count(text, "limit_bytes", memory->cgroup_limit);
        }
        text_add_count(text, "reclaimable_bytes", memory->cgroup_reclaimable);
        text_add(text, "}");
    } else {
        text_add(text, "null");
    }
    add_if_known(text, "trigger_rss_bytes", order->trigger_rss > 0, order->trigger_rss);
    text_add_name(text, "siblings");
    siblings_json(text);
    text_add_name(text, "history");
    history_json(text, order->began_ns);
    text_add(text, "}");
}

static int compare_text(const TypeLine *left, const TypeLine *right)
{
    size_t shorter = left->text_bytes < right->text_bytes ? left->text_bytes : right->text_bytes;
    int order = memcmp(left->text, right->text, shorter);
    return order != 0 ? order : (left->text_bytes > right->text_bytes) - (left->text_bytes < right->text_bytes);
}

static int compare_bytes(const TypeLine *left, const TypeLine *right)
{
    if (left->bytes != right->bytes) {
        return left->bytes < right->bytes ? 1 : -1;
    }
    return compare_text(left, right);
}

/* Heapsort: in place, no malloc, no bad case. */
static void sort_lines(TypeLine *lines, size_t count, int (*compare)(const TypeLine *, const TypeLine *))
{
    for (size_t end = count, start = count / 2; end > 1;) {
        TypeLine held;
        if (start > 0) {
            held = lines[--start];
        } else {
            held = lines[--end];
            lines[end] = lines[0];
        }
        size_t at = start;
        for (size_t child = at * 2 + 1; child < end; child = at * 2 + 1) {
            if (child + 1 < end && compare(&lines[child + 1], &lines[child]) > 0) {
                child++;
            }
            if (compare(&lines[child], &held) <= 0) {
                break;
            }
            lines[at] = lines[child];
            at = child;
        }
        lines[at] = held;
    }
}

static void types_json(Text *text, Tables *tables)
{
    size_t count = 0;
    TypeLine *lines = memory_map((tables->infos.count + 1) * sizeof *lines);
    if (lines == NULL) {
        text->failed = true;
        return;
    }
    for (size_t i = 0; i < tables->infos.count; i++) {
        TypeInfo *info = ((TypeInfo **)tables->infos.items)[i];
        if (!info->own && info->count > 0) {
            lines[count++] = (TypeLine){info->text, info->text_bytes, info->count, info->bytes};
        }
    }
    sort_lines(lines, count, compare_text);
    size_t merged = 0;
    for (size_t i = 0; i < count; i++) {
        if (merged > 0 && compare_text(&lines[merged - 1], &lines[i]) == 0) {
            lines[merged - 1].count += lines[i].count;
            lines[merged - 1].bytes += lines[i].bytes;
        } else {
            lines[merged++] = lines[i];
        }
    }
    sort_lines(lines, merged, compare_bytes);
    text_add(text, "[");
    for (size_t i = 0; i < merged; i++) {
        text_add(text, i == 0 ? "\n  {\"type\": " : ",\n  {\"type\": ");
        text_add_json(text, lines[i].text, lines[i].text_bytes);
        text_add_count(text, "count", lines[i].count);
        text_add_count(text, "bytes", lines[i].bytes);
        text_add(text, "}");
    }
    text_add(text, "]");
}

static void notes_json(Text *text, const CaptureOrder *order, const CaptureReport *report)
{
    const char *before = "";
    text_add(text, "[");
    if (order->note[0] != '\0') {
        text_add_json_z(text, order->note);
        before = ", ";
    }
    if (report->traces_hidden) {
        text_add(text, before);
        text_add(text, "\"tracemalloc is on, but its traces can't be read from outside in this version of Python: "
                       "`heapdiff sample PID on` records who allocates\"");
        before = ", ";
    }
    if (report->other_interpreters > 0) {
        text_add(text, before);
        text_add(text, "\"");
        text_add_number(text, report->other_interpreters);
        text_add(text, report->other_interpreters == 1 ? " other interpreter of the process was not walked\""
                                                       : " other interpreters of the process were not walked\"");
    }
    text_add(text, "]");
}

void summary_write(Text *text, const CaptureOrder *order, const CaptureReport *report, Tables *tables, GraphFacts graph)
{
    static const char *const counted[] = {"all", "all", "tracked", "none"};
    text_add(text, "{\"schema\": \"snapshot/1\"");
    head_json(text, order, report);
    text_add(text, ",\n \"capture\": {\"engine\": \"native\", \"pause_ms\": ");
    text_add_milli(text, report->pause_ns / 1000);
    text_add_name(text, "walk_ms");
    text_add_milli(text, report->walk_ns / 1000);
    text_add_count(text, "child_private_bytes", report->private_bytes);
    text_add_count(text, "objects", report->totals.objects);
    text_add_count(text, "references", report->totals.references);
    text_add_count(text, "bytes", report->totals.bytes);
    text_add_count(text, "faults", report->totals.faults);
    text_add_count(text, "copied_bytes", report->copied_bytes);
    text_add_string(text, "counted", counted[order->room]);
    text_add(text, "},\n \"memory\": ");
    summary_memory(text, order, report);
    text_add(text, ",\n \"types\": ");
    if (tables == NULL) {
        text_add(text, "[]");
    } else {
        types_json(text, tables);
    }
    text_add(text, ",\n \"notes\": ");
    notes_json(text, order, report);
    text_add(text, ",\n \"graph\": ");
    if (graph.present) {
        char file[STEM_MOST + 8];
        strcpy(stpcpy(file, order->stem), GRAPH_SUFFIX);
        text_add(text, "{");
        text_add_string(text, "file", file);
        text_add_count(text, "bytes", graph.bytes);
        text_add_count(text, "crc32", graph.crc);
        text_add(text, "}}\n");
    } else {
        text_add(text, "null}\n");
    }
}
