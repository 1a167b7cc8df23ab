/* libFuzzer harness for the C under `heapdiff/graph/native`, without an interpreter: decode, index, reverse rows,
 * dominators, retained sizes, reachability, cheapest paths, prices, references that are sought, objects that recur.
 *
 * An input is tables in a few bytes, then one section of object records. Everything lent has exactly the size that the
 * kernel is told, on the heap, so that AddressSanitizer sees one byte too many. Answers are checked where a check is
 * cheap. Build: see `.ci/steps/fuzz.sh`. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "algorithms/dominators.h"
#include "algorithms/paths.h"
#include "algorithms/recurring.h"
#include "algorithms/retained.h"
#include "algorithms/reverse.h"
#include "algorithms/seeking.h"
#include "reading/decode.h"

enum { MOST_TYPES = 8, MOST_LAYOUTS = 8, MOST_LABELS = 64, MOST_NAMES = 32, TABLE_BYTES = 24 };

/* Exactly that much on the heap, zeroed as the caller's arrays are, never NULL. */
static void *room(size_t count, size_t item)
{
    void *memory = calloc(count * item > 0 ? count * item : 1, 1);
    assert(memory != NULL);
    return memory;
}

typedef struct {
    int64_t *base_sizes;
    uint32_t *type_nodes, *layout_first, *layout_labels;
    uint8_t *hashed;
} Lent;

static void lend_tables(Decode *decode, Lent *lent, const uint8_t *bytes)
{
    size_t types = bytes[0] % MOST_TYPES, layouts = 1 + bytes[1] % MOST_LAYOUTS;
    lent->base_sizes = room(types, sizeof *lent->base_sizes);
    lent->type_nodes = room(types, sizeof *lent->type_nodes);
    for (size_t i = 0; i < types; i++) {
        uint8_t byte = bytes[3 + i];
        lent->base_sizes[i] = byte;
        lent->type_nodes[i] = byte < decode->index.nodes ? byte : byte % 2 ? NO_NODE : MISSING_TYPE;
    }
    lent->hashed = room(types, 1);
    memset(lent->hashed, 0, types);
    lent->layout_first = room(layouts + 1, sizeof *lent->layout_first);
    lent->layout_first[0] = lent->layout_first[1] = 0;
    for (size_t i = 1; i < layouts; i++) {
        lent->layout_first[i + 1] = lent->layout_first[i] + bytes[11 + i] % (MOST_LABELS / MOST_LAYOUTS);
    }
    size_t labels = lent->layout_first[layouts];
    lent->layout_labels = room(labels, sizeof *lent->layout_labels);
    for (size_t i = 0; i < labels; i++) {
        uint32_t kind = bytes[(i + 5) % TABLE_BYTES] % (EDGE_STACK + 1);
        lent->layout_labels[i] = label_of(kind_stands_alone(kind) ? kind : EDGE_UNNAMED, 0);
    }
    decode->tables = (Tables){
        lent->base_sizes, lent->type_nodes, lent->hashed, types, lent->layout_first, lent->layout_labels, layouts,
        1 + bytes[2] % MOST_NAMES,
    };
}

static void lend_columns(Decode *decode)
{
    size_t nodes = decode->index.nodes;
    Columns *columns = &decode->columns;
    columns->type_ids = room(nodes, sizeof(uint16_t));
    columns->sizes = room(nodes, sizeof *columns->sizes);
    columns->refcounts = room(nodes, sizeof *columns->refcounts);
    columns->first = room(nodes + 2, sizeof *columns->first);
    columns->named = room(2 * decode->objects_named, sizeof *columns->named);
    columns->declared = room(4 * decode->declarations, sizeof *columns->declared);
    columns->named_room = decode->objects_named;
    columns->declared_room = decode->declarations;
    memset(columns->first, 0, (nodes + 2) * sizeof *columns->first);
}

static void lend_references(Decode *decode)
{
    References *references = &decode->references;
    int32_t *first = decode->columns.first;
    for (size_t i = 1; i < (size_t)decode->index.nodes + 2; i++) {
        first[i] += first[i - 1];
    }
    references->room = (uint64_t)first[decode->index.nodes + 1];
    references->int_room = decode->int_items;
    references->targets = room(references->room, sizeof *references->targets);
    references->labels = room(references->room, sizeof *references->labels);
    references->int_keys = room(references->int_room, sizeof *references->int_keys);
}

static void give_back(Decode *decode, Lent *lent)
{
    void *memory[] = {
        lent->base_sizes, lent->type_nodes, lent->layout_first, lent->layout_labels, lent->hashed,
        decode->columns.type_ids, decode->columns.sizes, decode->columns.refcounts, decode->columns.first,
        decode->columns.named, decode->columns.declared,
        decode->references.targets, decode->references.labels, decode->references.int_keys,
    };
    for (size_t i = 0; i < sizeof memory / sizeof *memory; i++) {
        free(memory[i]);
    }
    wide_free(&decode->columns.wide_sizes);
    wide_free(&decode->columns.wide_refcounts);
    index_free(&decode->index);
}

/* The sizes, those too wide for their column included; the last that was read of a node counts. */
static int64_t *all_sizes(const Columns *columns, uint32_t nodes)
{
    int64_t *sizes = room(nodes, sizeof *sizes);
    for (uint32_t node = 0; node < nodes; node++) {
        sizes[node] = columns->sizes[node];
    }
    for (size_t i = 0; i < columns->wide_sizes.count; i++) {
        assert(columns->sizes[columns->wide_sizes.nodes[i]] == WIDE_SIZE);
        sizes[columns->wide_sizes.nodes[i]] = columns->wide_sizes.numbers[i];
    }
    return sizes;
}

/* What each retains, those too wide for their column included. */
static int64_t *all_retained(const uint32_t *idom, uint32_t nodes, const Columns *columns)
{
    int64_t *retained = room(nodes, sizeof *retained);
    uint32_t *sizes = room(nodes, sizeof *sizes);
    Wide wide = {0};
    for (uint32_t node = 0; node < nodes; node++) {
        sizes[node] = columns->sizes[node];
    }
    bool enough = retained_compute(idom, nodes, sizes, &columns->wide_sizes, &wide);
    assert(enough);
    for (uint32_t node = 0, at = 0; node < nodes; node++) {
        bool is_wide = sizes[node] == UINT32_MAX;
        assert(!is_wide || wide.nodes[at] == node);
        retained[node] = is_wide ? wide.numbers[at++] : sizes[node];
    }
    wide_free(&wide);
    free(sizes);
    return retained;
}

static void check_dominators(const Rows *rows, const uint32_t *idom, const uint8_t *reached, const Columns *columns)
{
    uint32_t nodes = rows->nodes;
    int64_t *sizes = all_sizes(columns, nodes), *retained = all_retained(idom, nodes, columns), whole = 0, tops = 0;
    for (uint32_t node = 0; node < nodes; node++) {
        assert((idom[node] == nodes + 1) == (reached[node] != SEEN));
        assert(idom[node] != node);
        whole += reached[node] == SEEN ? sizes[node] : 0;
        tops += idom[node] == nodes ? retained[node] : 0;
        assert(idom[node] >= nodes || retained[idom[node]] >= retained[node]);
    }
    assert(whole == tops);
    free(sizes);
    free(retained);
}

static void check_paths(const Rows *rows, const uint32_t *roots, size_t count, const uint8_t *reached)
{
    uint32_t nodes = rows->nodes;
    int64_t *start_costs = room(count, sizeof *start_costs);
    uint8_t *costs = room(rows->edges, 1);
    Paths paths = {room(nodes, 8), room(nodes, 8), room(nodes, 8)};
    for (uint32_t node = 0; node < nodes; node++) {
        paths.distance[node] = UNREACHED;
        paths.edge[node] = paths.parent[node] = -1;
    }
    for (size_t i = 0; i < count; i++) {
        start_costs[i] = (int64_t)(7 * i);
    }
    for (size_t i = 0; i < rows->edges; i++) {
        costs[i] = (uint8_t)(kind_of(rows->labels[i]) * 18);
    }
    size_t before = count / 2;
    bool enough = paths_compute(rows, costs, (Starts){roots, start_costs, before}, &paths) &&
        paths_compute(rows, costs, (Starts){roots + before, start_costs + before, count - before}, &paths);
    assert(enough);
    Found ties = {0};
    enough = seek_ties(rows, costs, paths.distance, paths.edge, 1 + count, &ties);
    assert(enough);
    for (size_t i = 0; i < ties.count; i++) {
        assert(!is_weak(rows, ties.items[i]) && paths.edge[rows->targets[ties.items[i]]] != (int32_t)ties.items[i]);
    }
    free(ties.items);
    for (uint32_t node = 0; node < nodes; node++) {
        assert((paths.distance[node] == UNREACHED) == (reached[node] != SEEN));
        if (paths.edge[node] >= 0) {
            assert(rows->targets[paths.edge[node]] == node);
            assert(paths.distance[node] == paths.distance[paths.parent[node]] + costs[paths.edge[node]]);
        }
    }
    free(start_costs);
    free(costs);
    free(paths.distance);
    free(paths.edge);
    free(paths.parent);
}

static void check_seeking(const Rows *rows, const uint8_t *marks, uint8_t choice)
{
    uint8_t by_kind[16], names[3] = {0, choice, 9}, *extra = room(rows->nodes, 1), *costs = room(rows->edges, 1);
    Found found = {0};
    size_t strong = 0;
    memset(by_kind, choice, sizeof by_kind);
    memset(extra, choice / 2, rows->nodes);
    price_edges(rows, by_kind, names, sizeof names, extra, 200, costs);
    bool enough = seek_targets(rows, marks, &found);
    assert(enough);
    for (size_t edge = 0; edge < rows->edges; edge++) {
        assert(costs[edge] <= 200);
        if (marks[rows->targets[edge]] && !is_weak(rows, edge)) {
            assert(strong < found.count && found.items[strong] == edge);
            strong++;
        }
    }
    assert(strong == found.count);
    free(found.items);
    free(extra);
    free(costs);
}

/* Against another graph of as many objects: the same one turned round, of which each object is any other. */
static void check_recurring(
    const Rows *after, const Rows *turned, const uint32_t *starts, size_t count, uint8_t choice)
{
    uint32_t nodes = after->nodes, *labels = room(turned->edges, sizeof *labels);
    int32_t *matched = room(nodes, sizeof *matched), *given = room(nodes, sizeof *given);
    uint8_t *kinds = room(nodes, 1);
    for (size_t edge = 0; edge < turned->edges; edge++) {
        labels[edge] = label_of(edge % 7 == choice % 7 ? EDGE_WEAK : EDGE_UNNAMED, 0);
    }
    for (uint32_t node = 0; node < nodes; node++) {
        kinds[node] = (uint8_t)((node + choice) % 5 > 2 ? MUTABLE : (node + choice) % 5);
        given[node] = matched[node] = node % 3 == choice % 4 ? -1 : (int32_t)((node + choice / 8) % nodes);
    }
    const Rows before = {turned->first, turned->targets, labels, nodes, turned->edges};
    bool enough = recurring_prove(choice % 2 ? after : &before, after, kinds, starts, count, matched);
    assert(enough);
    for (uint32_t node = 0; node < nodes; node++) {
        assert(matched[node] == given[node] || matched[node] == -1);
    }
    free(labels);
    free(matched);
    free(given);
    free(kinds);
}

static void solve(const Decode *decode, uint8_t choice)
{
    uint32_t nodes = decode->index.nodes;
    Rows rows = {decode->columns.first, decode->references.targets, decode->references.labels, nodes,
        decode->references.room};
    int32_t *first = room((size_t)nodes + 2, sizeof *first);
    uint32_t *sources = room(rows.edges, sizeof *sources), *edges = room(rows.edges, sizeof *edges);
    uint32_t *idom = room(nodes, sizeof *idom), roots[4];
    uint8_t *reached = room(nodes, 1);
    size_t count = nodes == 0 ? 0 : choice % 5;
    for (size_t i = 0; i < count; i++) {
        roots[i] = (uint32_t)(choice * (i + 1)) % nodes;
    }
    memset(first, 0, ((size_t)nodes + 2) * sizeof *first);
    size_t filled = reverse_rows(&rows, first, sources, edges);
    assert(filled <= rows.edges && (size_t)first[nodes] == filled);
    Rows referrers = {first, sources, NULL, nodes, filled};
    memset(reached, UNSEEN, nodes);
    bool enough = reach_compute(&rows, roots, count, reached);
    assert(enough);
    enough = dominators_compute(&rows, roots, count, idom);
    assert(enough);
    check_dominators(&rows, idom, reached, &decode->columns);
    check_paths(&rows, roots, count, reached);
    check_seeking(&rows, reached, choice);
    check_recurring(&rows, &referrers, roots, count, choice);
    free(first);
    free(sources);
    free(edges);
    free(idom);
    free(reached);
}

/* What the caller looks at before it believes the rows: the file may have changed between two passes. */
static bool is_filled(const Decode *decode)
{
    const int32_t *first = decode->columns.first;
    bool ascends = first[0] == 0 && decode->filled == decode->references.room &&
        (uint64_t)first[decode->index.nodes] == decode->filled;
    for (uint32_t node = 0; node < decode->index.nodes; node++) {
        ascends &= first[node] <= first[node + 1];
    }
    return ascends;
}

/* The same bytes; if `place` says so, one of them has changed. */
static void change(uint8_t *payload, size_t bytes, uint8_t place, uint8_t by)
{
    if (bytes > 0 && place % 2 == 1) {
        payload[place / 2 * (1 + by % 16) % bytes] ^= by;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    Decode decode;
    Lent lent = {0};
    if (size < TABLE_BYTES) {
        return -1;
    }
    size_t bytes = size - TABLE_BYTES;
    uint8_t *payload = room(bytes, 1);
    memcpy(payload, data + TABLE_BYTES, bytes);
    memset(&decode, 0, sizeof decode);
    bool begun = index_init(&decode.index, 42);
    assert(begun);
    if (decode_scan(&decode, payload, bytes) == NULL && index_seal(&decode.index)) {
        lend_tables(&decode, &lent, data);
        lend_columns(&decode);
        change(payload, bytes, data[20], data[21]);
        if (decode_describe(&decode, payload, bytes) == NULL) {
            lend_references(&decode);
            change(payload, bytes, data[22], data[21]);
            if (decode_fill(&decode, payload, bytes) == NULL && is_filled(&decode)) {
                decode.references.room = decode_compact(&decode);
                assert(decode.references.room + decode.dropped >= decode.filled);
                solve(&decode, data[TABLE_BYTES - 1]);
            }
        }
    }
    give_back(&decode, &lent);
    free(payload);
    return 0;
}
