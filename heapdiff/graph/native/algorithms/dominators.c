/* Semi-NCA: Georgiadis, "Linear-time algorithms for dominators and related problems", Princeton 2005, section 2.3, on
 * depth-first numbers, 0 being the virtual root. Semidominators are found with path compression; the dominator is then
 * the nearest ancestor of the parent, in the dominator tree as far as it is built, that is no further down than the
 * semidominator. That climb alone can be quadratic, so it takes jumps: Myers, "An applicative random-access stack",
 * IPL 1983. Together O(m log n). */
#include "algorithms/dominators.h"

#include <stdlib.h>
#include <string.h>

/* Of each vertex. `begin`, until its semidominator is sought: where the list of those that join it begins. After that: the
 * least semidominator on the way to an ancestor on the shortened path, the vertex itself included. Once all are known: a far
 * ancestor in the dominator tree, and the depth in it. */
typedef union {
    struct {
        uint32_t ancestor;
        union {
            uint32_t begin, least;
        };
    };
    struct {
        uint32_t jump, depth;
    };
} Link;

typedef struct {
    uint32_t *number; /* node -> depth-first number, 0 where unreached; the room of the answer, which each node's number gives way to */
    uint32_t *parent; /* in the depth-first tree: of nodes, while they're numbered; of vertices */
    uint32_t *over;   /* in turn: next reference of a node to follow, semidominator of a vertex, its dominator */
    Link *link;
    uint32_t *joining; /* who refers to a vertex that isn't their child, vertex by vertex */
    uint64_t *reached; /* one bit per node */
    uint32_t count;
    size_t joined;
} Forest;

static bool forest_init(Forest *forest, uint32_t nodes, uint32_t *idom)
{
    size_t room = (size_t)nodes + 1;
    *forest = (Forest){.number = idom};
    memset(idom, 0, nodes * sizeof *idom);
    forest->parent = malloc(room * sizeof *forest->parent);
    forest->over = malloc(room * sizeof *forest->over);
    forest->link = malloc(room * sizeof *forest->link);
    forest->reached = calloc(room / 64 + 1, sizeof *forest->reached);
    return forest->parent && forest->over && forest->link && forest->reached;
}

static void forest_free(Forest *forest)
{
    free(forest->parent);
    free(forest->over);
    free(forest->link);
    free(forest->joining);
    free(forest->reached);
}

static bool is_reached(const Forest *forest, uint32_t node)
{
    return forest->reached[node >> 6] >> (node & 63) & 1;
}

static uint32_t discover(Forest *forest, const Rows *rows, uint32_t node, uint32_t parent)
{
    forest->reached[node >> 6] |= (uint64_t)1 << (node & 63);
    forest->number[node] = ++forest->count;
    forest->parent[node] = parent;
    forest->over[node] = (uint32_t)rows->first[node];
    return node;
}

/* The next unreached referent of a node, or NO_NODE. Remembers where it stopped. */
static uint32_t next_unreached(Forest *forest, const Rows *rows, uint32_t node)
{
    size_t end = (size_t)rows->first[(size_t)node + 1];
    for (size_t edge = forest->over[node]; edge < end; edge++) {
        if (!is_reached(forest, rows->targets[edge]) && !is_weak(rows, edge)) {
            forest->over[node] = (uint32_t)(edge + 1);
            return rows->targets[edge];
        }
    }
    forest->over[node] = (uint32_t)end;
    return NO_NODE;
}

static void number_from(Forest *forest, const Rows *rows, uint32_t root)
{
    uint32_t node = discover(forest, rows, root, NO_NODE);
    while (node != NO_NODE) {
        uint32_t target = next_unreached(forest, rows, node);
        node = target == NO_NODE ? forest->parent[node] : discover(forest, rows, target, node);
    }
}

/* From nodes to their numbers, in the room of the links. */
static void number_parents(Forest *forest, uint32_t nodes)
{
    uint32_t *parent = (uint32_t *)forest->link;
    parent[0] = 0;
    for (uint32_t node = 0; node < nodes; node++) {
        if (forest->number[node] != 0) {
            uint32_t above = forest->parent[node];
            parent[forest->number[node]] = above == NO_NODE ? 0 : forest->number[above];
        }
    }
    size_t bytes = ((size_t)forest->count + 1) * sizeof *parent;
    memcpy(forest->parent, parent, bytes);
    memcpy(forest->over, parent, bytes);
}

static void number_all(Forest *forest, const Rows *rows, const uint32_t *roots, size_t root_count)
{
    for (size_t i = 0; i < root_count; i++) {
        if (!is_reached(forest, roots[i])) {
            number_from(forest, rows, roots[i]);
        }
    }
    number_parents(forest, rows->nodes);
    for (size_t i = 0; i < root_count; i++) {
        forest->over[forest->number[roots[i]]] = 0;
    }
}

/* Whether a reference may make a difference: to neither a child, of which that is known, nor a root. */
static bool is_joining(const Forest *forest, const Rows *rows, size_t edge, uint32_t vertex)
{
    uint32_t target = forest->number[rows->targets[edge]];
    return forest->over[target] != 0 && forest->parent[target] != vertex && !is_weak(rows, edge);
}

/* Few references join: as many more as there are of them than objects. */
static bool find_joining(Forest *forest, const Rows *rows)
{
    memset(forest->link, 0, ((size_t)forest->count + 1) * sizeof *forest->link);
    for (uint32_t node = 0; node < rows->nodes; node++) {
        for (int64_t edge = rows->first[node]; forest->number[node] != 0 && edge < rows->first[node + 1]; edge++) {
            if (is_joining(forest, rows, (size_t)edge, forest->number[node])) {
                forest->link[forest->number[rows->targets[edge]]].begin++;
            }
        }
    }
    for (uint32_t vertex = 1; vertex <= forest->count; vertex++) {
        forest->link[vertex].begin = (uint32_t)(forest->joined += forest->link[vertex].begin);
    }
    forest->joining = malloc((forest->joined + 1) * sizeof *forest->joining);
    for (uint32_t node = 0; forest->joining != NULL && node < rows->nodes; node++) {
        for (int64_t edge = rows->first[node]; forest->number[node] != 0 && edge < rows->first[node + 1]; edge++) {
            if (is_joining(forest, rows, (size_t)edge, forest->number[node])) {
                forest->joining[--forest->link[forest->number[rows->targets[edge]]].begin] = forest->number[node];
            }
        }
    }
    return forest->joining != NULL;
}

/* The least semidominator on the path from a vertex up to the last linked one. Vertices from `linked` on are linked.
 * Shortens the path, on which each ancestor gives way to the one before meanwhile, so that the way back needs no stack. */
static uint32_t evaluate(Link *link, uint32_t vertex, uint32_t linked)
{
    uint32_t top = vertex, below = 0;
    while (link[top].ancestor >= linked) {
        uint32_t ancestor = link[top].ancestor;
        link[top].ancestor = below;
        below = top;
        top = ancestor;
    }
    while (below != 0) {
        uint32_t next = link[below].ancestor;
        if (link[top].least < link[below].least) {
            link[below].least = link[top].least;
        }
        link[below].ancestor = link[top].ancestor;
        top = below;
        below = next;
    }
    return link[vertex].least;
}

static void find_semidominators(Forest *forest)
{
    size_t end = forest->joined;
    for (uint32_t vertex = forest->count; vertex > 0; vertex--) {
        uint32_t least = forest->over[vertex];
        size_t begin = forest->link[vertex].begin;
        for (size_t at = begin; at < end; at++) {
            uint32_t before = forest->joining[at];
            before = before > vertex ? evaluate(forest->link, before, vertex + 1) : before;
            least = before < least ? before : least;
        }
        end = begin;
        forest->over[vertex] = least;
        forest->link[vertex] = (Link){.ancestor = forest->parent[vertex], .least = least};
    }
}

static void find_dominators(Forest *forest)
{
    Link *link = forest->link;
    uint32_t *over = forest->over;
    link[0] = (Link){.jump = 0, .depth = 0};
    for (uint32_t vertex = 1; vertex <= forest->count; vertex++) {
        uint32_t at = forest->parent[vertex];
        while (at > over[vertex]) {
            at = link[at].jump >= over[vertex] ? link[at].jump : over[at];
        }
        over[vertex] = at;
        uint32_t far = link[at].jump;
        bool equal = link[at].depth - link[far].depth == link[far].depth - link[link[far].jump].depth;
        link[vertex] = (Link){.jump = equal ? link[far].jump : at, .depth = link[at].depth + 1};
    }
}

/* From vertices to their nodes, with the inverse of the numbers in the room of the links. */
static void tell_nodes(Forest *forest, uint32_t nodes)
{
    uint32_t *idom = forest->number, *inverse = (uint32_t *)forest->link;
    for (uint32_t node = 0; node < nodes; node++) {
        inverse[idom[node]] = node;
    }
    inverse[0] = nodes;
    for (uint32_t node = 0; node < nodes; node++) {
        idom[node] = idom[node] == 0 ? nodes + 1 : inverse[forest->over[idom[node]]];
    }
}

bool dominators_compute(const Rows *rows, const uint32_t *roots, size_t root_count, uint32_t *idom)
{
    Forest forest;
    bool solved = forest_init(&forest, rows->nodes, idom);
    if (solved) {
        number_all(&forest, rows, roots, root_count);
        solved = find_joining(&forest, rows);
    }
    if (solved) {
        find_semidominators(&forest);
        find_dominators(&forest);
        tell_nodes(&forest, rows->nodes);
    }
    forest_free(&forest);
    return solved;
}

static int64_t add_sizes(int64_t left, int64_t right)
{
    int64_t sum;
    return __builtin_add_overflow(left, right, &sum) ? INT64_MAX : sum;
}

/* A node hands its size up once all that it dominates did. Each hands it up once, so even a wrong tree ends. */
bool retained_compute(const uint32_t *idom, uint32_t nodes, int64_t *retained)
{
    uint32_t *waiting = calloc((size_t)nodes + 1, sizeof *waiting);
    if (waiting == NULL) {
        return false;
    }
    for (uint32_t node = 0; node < nodes; node++) {
        retained[node] = idom[node] > nodes ? 0 : retained[node];
        if (idom[node] < nodes) {
            waiting[idom[node]]++;
        }
    }
    for (uint32_t node = 0; node < nodes; node++) {
        uint32_t at = node, over;
        while (waiting[at] == 0 && (over = idom[at]) < nodes) {
            waiting[at] = NO_NODE; /* has handed up */
            retained[over] = add_sizes(retained[over], retained[at]);
            waiting[over]--;
            at = over;
        }
    }
    free(waiting);
    return true;
}

static uint32_t largest(const uint32_t *numbers, uint32_t count)
{
    uint32_t found = 0;
    for (uint32_t at = 0; at < count; at++) {
        found = numbers[at] > found ? numbers[at] : found;
    }
    return found;
}

/* From the top down, `open` counting how many of each kind are on the way; the way up is `idom` itself, so that no stack
 * is needed. A node is on one list of siblings alone: also with a wrong tree each is entered once at most. */
static void walk_down(
    const uint32_t *idom, const uint32_t *kinds, uint32_t nodes, const uint32_t *below, const uint32_t *beside,
    uint32_t *open, uint8_t *marks)
{
    uint32_t at = below[nodes];
    while (at != NO_NODE) {
        marks[at] = open[kinds[at]]++ == 0;
        if (below[at] != NO_NODE) {
            at = below[at];
            continue;
        }
        while (at < nodes && (open[kinds[at]]--, beside[at] == NO_NODE)) {
            at = idom[at];
        }
        at = at < nodes ? beside[at] : NO_NODE;
    }
}

bool outermost_mark(const uint32_t *idom, const uint32_t *kinds, uint32_t nodes, uint8_t *marks)
{
    uint32_t *below = malloc(((size_t)nodes + 1) * sizeof *below);
    uint32_t *beside = malloc(((size_t)nodes + 1) * sizeof *beside);
    uint32_t *open = calloc((size_t)largest(kinds, nodes) + 1, sizeof *open);
    bool enough = below != NULL && beside != NULL && open != NULL;
    if (enough) {
        memset(marks, 0, nodes);
        memset(below, 0xff, ((size_t)nodes + 1) * sizeof *below);
        for (uint32_t node = nodes; node-- > 0;) {
            if (idom[node] <= nodes) {
                beside[node] = below[idom[node]];
                below[idom[node]] = node;
            }
        }
        walk_down(idom, kinds, nodes, below, beside, open, marks);
    }
    free(below);
    free(beside);
    free(open);
    return enough;
}
