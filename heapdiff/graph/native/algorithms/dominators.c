/* Semi-NCA: Georgiadis, "Linear-time algorithms for dominators and related problems", Princeton 2005, section 2.3, on
 * depth-first numbers, 0 being the virtual root. Semidominators are found with path compression; the dominator is then
 * the nearest ancestor of the parent, in the dominator tree as far as it is built, that is no further down than the
 * semidominator. That climb alone can be quadratic, so it takes jumps: Myers, "An applicative random-access stack",
 * IPL 1983. Together O(m log n). Leaves, which refer to nothing, are on no way to others: only the rest are vertices, and
 * a leaf's dominator is what all that refer to it have in common, found with the same jumps. */
#include "algorithms/dominators.h"

#include <stdlib.h>
#include <string.h>

#include "arrays/bits.h"

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

enum { VIRTUAL_ROOT = 0 };

#define LEAF ((uint32_t)1 << 31) /* beside the vertex that dominates it, as far as is known; more than any node */
#define UNSEEN UINT32_MAX        /* a leaf that nothing reached refers to */

typedef struct {
    uint32_t *number; /* node -> depth-first number, 0 where unreached, or LEAF; the room of the answer, to which that gives way */
    uint32_t *parent; /* of a vertex in the depth-first tree */
    uint32_t *over;   /* of a vertex, in turn: next reference to follow, semidominator, dominator */
    Link *link;       /* at first and in the end the room of each vertex's node */
    uint32_t *joining; /* who refers to a vertex that isn't their child, vertex by vertex */
    uint64_t *passed;  /* one bit per node: a leaf, or reached */
    uint32_t count;
    size_t joined;
} Forest;

static bool refers_to_any(const Rows *rows, uint32_t node)
{
    int32_t edge = rows->first[node];
    while (edge < rows->first[node + 1] && is_weak(rows, (size_t)edge)) {
        edge++;
    }
    return edge < rows->first[node + 1];
}

static bool forest_init(Forest *forest, const Rows *rows, uint32_t *idom)
{
    size_t room = 1;
    *forest = (Forest){.number = idom, .passed = calloc((size_t)rows->nodes / 64 + 1, sizeof *forest->passed)};
    for (uint32_t node = 0; forest->passed != NULL && node < rows->nodes; node++) {
        bool is_inner = refers_to_any(rows, node);
        idom[node] = is_inner ? 0 : UNSEEN;
        room += is_inner;
        if (!is_inner) {
            set_bit(forest->passed, node);
        }
    }
    forest->parent = malloc(room * sizeof *forest->parent);
    forest->over = malloc(room * sizeof *forest->over);
    forest->link = malloc(room * sizeof *forest->link);
    return forest->parent && forest->over && forest->link && forest->passed;
}

static void forest_free(Forest *forest)
{
    free(forest->parent);
    free(forest->over);
    free(forest->link);
    free(forest->joining);
    free(forest->passed);
}

static uint32_t *nodes_of(Forest *forest)
{
    return (uint32_t *)forest->link;
}

static uint32_t discover(Forest *forest, const Rows *rows, uint32_t node, uint32_t parent)
{
    uint32_t vertex = ++forest->count;
    set_bit(forest->passed, node);
    forest->number[node] = vertex;
    nodes_of(forest)[vertex] = node;
    forest->parent[vertex] = parent;
    forest->over[vertex] = (uint32_t)rows->first[node];
    return vertex;
}

/* The next unreached referent of a vertex, or NO_NODE. Remembers where it stopped. */
static uint32_t next_unreached(Forest *forest, const Rows *rows, uint32_t vertex)
{
    size_t end = (size_t)rows->first[(size_t)nodes_of(forest)[vertex] + 1];
    for (size_t edge = forest->over[vertex]; edge < end; edge++) {
        if (!has_bit(forest->passed, rows->targets[edge]) && !is_weak(rows, edge)) {
            forest->over[vertex] = (uint32_t)(edge + 1);
            return rows->targets[edge];
        }
    }
    forest->over[vertex] = (uint32_t)end;
    return NO_NODE;
}

static void number_from(Forest *forest, const Rows *rows, uint32_t root)
{
    uint32_t vertex = discover(forest, rows, root, VIRTUAL_ROOT);
    while (vertex != VIRTUAL_ROOT) {
        uint32_t target = next_unreached(forest, rows, vertex);
        vertex = target == NO_NODE ? forest->parent[vertex] : discover(forest, rows, target, vertex);
    }
}

static void number_all(Forest *forest, const Rows *rows, const uint32_t *roots, size_t root_count)
{
    for (size_t i = 0; i < root_count; i++) {
        if (forest->number[roots[i]] == UNSEEN) {
            forest->number[roots[i]] = LEAF | VIRTUAL_ROOT;
        } else if (!has_bit(forest->passed, roots[i])) {
            number_from(forest, rows, roots[i]);
        }
    }
    forest->parent[VIRTUAL_ROOT] = VIRTUAL_ROOT;
    memcpy(forest->over, forest->parent, ((size_t)forest->count + 1) * sizeof *forest->over);
    for (size_t i = 0; i < root_count; i++) {
        if (!(forest->number[roots[i]] & LEAF)) {
            forest->over[forest->number[roots[i]]] = VIRTUAL_ROOT;
        }
    }
}

/* A node's vertex; the virtual root where it is a leaf, or unreached. */
static uint32_t vertex_of(const Forest *forest, uint32_t node)
{
    return forest->number[node] & LEAF ? VIRTUAL_ROOT : forest->number[node];
}

/* Whether a vertex's reference may make a difference to another: not to its child, of which that is known, nor to a root. */
static bool is_joining(const Forest *forest, const Rows *rows, size_t edge, uint32_t vertex)
{
    uint32_t target = vertex_of(forest, rows->targets[edge]);
    return forest->over[target] != VIRTUAL_ROOT && forest->parent[target] != vertex && !is_weak(rows, edge);
}

/* False when memory ran out. */
static bool find_joining(Forest *forest, const Rows *rows)
{
    memset(forest->link, 0, ((size_t)forest->count + 1) * sizeof *forest->link);
    for (uint32_t node = 0; node < rows->nodes; node++) {
        uint32_t vertex = vertex_of(forest, node);
        for (int64_t edge = rows->first[node]; vertex != VIRTUAL_ROOT && edge < rows->first[node + 1]; edge++) {
            if (is_joining(forest, rows, (size_t)edge, vertex)) {
                forest->link[forest->number[rows->targets[edge]]].begin++;
            }
        }
    }
    for (uint32_t vertex = 1; vertex <= forest->count; vertex++) {
        forest->link[vertex].begin = (uint32_t)(forest->joined += forest->link[vertex].begin);
    }
    forest->joining = malloc((forest->joined + 1) * sizeof *forest->joining);
    for (uint32_t node = 0; forest->joining != NULL && node < rows->nodes; node++) {
        uint32_t vertex = vertex_of(forest, node);
        for (int64_t edge = rows->first[node]; vertex != VIRTUAL_ROOT && edge < rows->first[node + 1]; edge++) {
            if (is_joining(forest, rows, (size_t)edge, vertex)) {
                forest->joining[--forest->link[forest->number[rows->targets[edge]]].begin] = vertex;
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

/* The nearest vertex that dominates both, or is one of them. */
static uint32_t find_common(const Forest *forest, uint32_t left, uint32_t right)
{
    const Link *link = forest->link;
    const uint32_t *over = forest->over;
    while (link[left].depth != link[right].depth) {
        uint32_t *lower = link[left].depth > link[right].depth ? &left : &right;
        uint32_t depth = link[left].depth < link[right].depth ? link[left].depth : link[right].depth;
        uint32_t far = link[*lower].jump;
        *lower = link[far].depth >= depth ? far : over[*lower];
    }
    while (left != right) {
        bool apart = link[left].jump != link[right].jump;
        left = apart ? link[left].jump : over[left];
        right = apart ? link[right].jump : over[right];
    }
    return left;
}

static void find_over_leaves(Forest *forest, const Rows *rows)
{
    for (uint32_t node = 0; node < rows->nodes; node++) {
        uint32_t vertex = vertex_of(forest, node);
        for (int64_t edge = rows->first[node]; vertex != VIRTUAL_ROOT && edge < rows->first[node + 1]; edge++) {
            uint32_t *leaf = &forest->number[rows->targets[edge]];
            if (*leaf == UNSEEN && !is_weak(rows, (size_t)edge)) {
                *leaf = LEAF | vertex;
            } else if (*leaf > LEAF && !is_weak(rows, (size_t)edge)) {
                *leaf = LEAF | find_common(forest, *leaf & ~LEAF, vertex);
            }
        }
    }
}

/* From vertices to their nodes. */
static void tell_nodes(Forest *forest, uint32_t nodes)
{
    uint32_t *idom = forest->number, *node_of = nodes_of(forest);
    for (uint32_t node = 0; node < nodes; node++) {
        if (!(idom[node] & LEAF)) {
            node_of[idom[node]] = node;
        }
    }
    node_of[VIRTUAL_ROOT] = nodes;
    for (uint32_t node = 0; node < nodes; node++) {
        if (idom[node] == UNSEEN || idom[node] == 0) {
            idom[node] = nodes + 1;
        } else {
            idom[node] = node_of[idom[node] & LEAF ? idom[node] & ~LEAF : forest->over[idom[node]]];
        }
    }
}

bool dominators_compute(const Rows *rows, const uint32_t *roots, size_t root_count, uint32_t *idom)
{
    Forest forest;
    bool solved = forest_init(&forest, rows, idom);
    if (solved) {
        number_all(&forest, rows, roots, root_count);
        solved = find_joining(&forest, rows);
    }
    if (solved) {
        find_semidominators(&forest);
        find_dominators(&forest);
        find_over_leaves(&forest, rows);
        tell_nodes(&forest, rows->nodes);
    }
    forest_free(&forest);
    return solved;
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
