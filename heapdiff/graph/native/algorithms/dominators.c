/* Semi-NCA: Georgiadis, "Linear-time algorithms for dominators and related problems", Princeton 2005, section 2.3, on
 * depth-first numbers, 0 being the virtual root. Semidominators are found with path compression; the dominator is then
 * the nearest ancestor of the parent, in the dominator tree as far as it is built, that is no further down than the
 * semidominator. That climb alone can be quadratic, so it takes jumps: Myers, "An applicative random-access stack",
 * IPL 1983. Together O(m log n). */
#include "algorithms/dominators.h"

#include <stdlib.h>
#include <string.h>
#include <string.h>

/* While semidominators are sought: an ancestor on the shortened path, and the least semidominator on the way there,
 * the vertex itself included. After that: a far ancestor in the dominator tree, and the depth in it. */
typedef union {
    struct {
        uint32_t ancestor, least;
    };
    struct {
        uint32_t jump, depth;
    };
} Link;

typedef struct {
    uint32_t *number; /* node -> depth-first number, 0 where unreached; the room of the answer, which each node's number gives way to */
    uint32_t *node;   /* the inverse */
    uint32_t *parent; /* in the depth-first tree */
    uint32_t *over;   /* in turn: next reference to follow, semidominator, dominator */
    Link *link;
    uint64_t *reached; /* one bit per node */
    uint32_t *stack;
    size_t stack_room;
    uint32_t count;
} Forest;

static bool forest_init(Forest *forest, uint32_t nodes, uint32_t *idom)
{
    size_t room = (size_t)nodes + 1;
    *forest = (Forest){.number = idom, .stack_room = 1 << 10};
    memset(idom, 0, nodes * sizeof *idom);
    forest->node = malloc(room * sizeof *forest->node);
    forest->parent = malloc(room * sizeof *forest->parent);
    forest->over = malloc(room * sizeof *forest->over);
    forest->link = calloc(room, sizeof *forest->link);
    forest->reached = calloc(room / 64 + 1, sizeof *forest->reached);
    forest->stack = malloc(forest->stack_room * sizeof *forest->stack);
    return forest->node && forest->parent && forest->over && forest->link && forest->reached
        && forest->stack;
}

static void forest_free(Forest *forest)
{
    free(forest->node);
    free(forest->parent);
    free(forest->over);
    free(forest->link);
    free(forest->reached);
    free(forest->stack);
}

static bool is_reached(const Forest *forest, uint32_t node)
{
    return forest->reached[node >> 6] >> (node & 63) & 1;
}

static uint32_t discover(Forest *forest, const Rows *rows, uint32_t node, uint32_t parent)
{
    uint32_t number = ++forest->count;
    forest->reached[node >> 6] |= (uint64_t)1 << (node & 63);
    forest->number[node] = number;
    forest->node[number] = node;
    forest->parent[number] = parent;
    forest->over[number] = (uint32_t)rows->first[node];
    return number;
}

/* The next unreached referent of a vertex, or NO_NODE. Remembers where it stopped. */
static uint32_t next_unreached(Forest *forest, const Rows *rows, uint32_t vertex)
{
    size_t end = (size_t)rows->first[(size_t)forest->node[vertex] + 1];
    for (size_t edge = forest->over[vertex]; edge < end; edge++) {
        if (!is_reached(forest, rows->targets[edge]) && !is_weak(rows, edge)) {
            forest->over[vertex] = (uint32_t)(edge + 1);
            return rows->targets[edge];
        }
    }
    forest->over[vertex] = (uint32_t)end;
    return NO_NODE;
}

static void number_from(Forest *forest, const Rows *rows, uint32_t root)
{
    uint32_t vertex = discover(forest, rows, root, 0);
    while (vertex != 0) {
        uint32_t target = next_unreached(forest, rows, vertex);
        vertex = target == NO_NODE ? forest->parent[vertex] : discover(forest, rows, target, vertex);
    }
}

static void number_all(Forest *forest, const Rows *rows, const uint32_t *roots, size_t root_count)
{
    for (size_t i = 0; i < root_count; i++) {
        if (!is_reached(forest, roots[i])) {
            number_from(forest, rows, roots[i]);
        }
    }
    forest->parent[0] = forest->over[0] = 0;
    for (uint32_t vertex = 1; vertex <= forest->count; vertex++) {
        forest->over[vertex] = forest->parent[vertex];
        forest->link[vertex].ancestor = forest->parent[vertex];
    }
    for (size_t i = 0; i < root_count; i++) {
        forest->over[forest->number[roots[i]]] = 0;
    }
}

static bool push(Forest *forest, size_t used, uint32_t vertex)
{
    if (used == forest->stack_room) {
        uint32_t *stack = realloc(forest->stack, 2 * forest->stack_room * sizeof *stack);
        if (stack == NULL) {
            return false;
        }
        forest->stack = stack;
        forest->stack_room *= 2;
    }
    forest->stack[used] = vertex;
    return true;
}

/* The least semidominator on the path from a vertex up to the last linked one. Vertices from `linked` on are linked.
 * Shortens the path; NO_NODE when memory ran out. */
static uint32_t evaluate(Forest *forest, uint32_t vertex, uint32_t linked)
{
    Link *link = forest->link;
    size_t used = 0;
    uint32_t top = vertex;
    while (link[top].ancestor >= linked) {
        if (!push(forest, used++, top)) {
            return NO_NODE;
        }
        top = link[top].ancestor;
    }
    while (used > 0) {
        uint32_t below = forest->stack[--used];
        if (link[top].least < link[below].least) {
            link[below].least = link[top].least;
        }
        link[below].ancestor = link[top].ancestor;
        top = below;
    }
    return link[vertex].least;
}

static bool find_semidominators(Forest *forest, const Rows *referrers)
{
    for (uint32_t vertex = forest->count; vertex > 0; vertex--) {
        uint32_t least = forest->over[vertex];
        size_t node = forest->node[vertex];
        for (int64_t edge = referrers->first[node]; edge < referrers->first[node + 1]; edge++) {
            uint32_t before = forest->number[referrers->targets[edge]];
            if (before > vertex) {
                before = evaluate(forest, before, vertex + 1);
                if (before == NO_NODE) {
                    return false;
                }
            } else if (before == 0) {
                continue; /* unreached, so it holds nothing */
            }
            least = before < least ? before : least;
        }
        forest->over[vertex] = forest->link[vertex].least = least;
    }
    return true;
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

bool dominators_compute(
    const Rows *rows, const Rows *referrers, const uint32_t *roots, size_t root_count, uint32_t *idom)
{
    Forest forest;
    bool solved = forest_init(&forest, rows->nodes, idom);
    if (solved) {
        number_all(&forest, rows, roots, root_count);
        solved = find_semidominators(&forest, referrers);
    }
    if (solved) {
        find_dominators(&forest);
    }
    for (uint32_t node = 0; solved && node < rows->nodes; node++) {
        uint32_t number = forest.number[node];
        uint32_t over = number == 0 ? 0 : forest.over[number];
        idom[node] = number == 0 ? rows->nodes + 1 : over == 0 ? rows->nodes : forest.node[over];
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
