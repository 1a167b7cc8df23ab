/* Lengauer and Tarjan, "A fast algorithm for finding dominators in a flowgraph", TOPLAS 1979: the simple version with
 * path compression, O(m log n). It works on depth-first numbers, 0 being the virtual root. */
#include "dominators.h"

#include <stdlib.h>

typedef struct {
    uint32_t *number;   /* node -> depth-first number, 0 where unreached */
    uint32_t *node;     /* the inverse */
    uint32_t *ancestor; /* parent in the depth-first tree, shortened once the vertex is linked */
    uint32_t *semi;     /* semidominator; before that, the next reference to follow */
    uint32_t *label;    /* vertex of least semidominator on the shortened path */
    uint32_t *idom;     /* before it is known: head of the vertex's bucket, then its link in another's */
    uint32_t *stack;
    size_t stack_room;
    uint32_t count;
} Forest;

static bool forest_init(Forest *forest, uint32_t nodes)
{
    size_t size = ((size_t)nodes + 1) * sizeof(uint32_t);
    *forest = (Forest){.stack_room = 1 << 10};
    forest->number = calloc((size_t)nodes + 1, sizeof(uint32_t));
    forest->node = malloc(size);
    forest->ancestor = malloc(size);
    forest->semi = malloc(size);
    forest->label = malloc(size);
    forest->idom = malloc(size);
    forest->stack = malloc(forest->stack_room * sizeof(uint32_t));
    return forest->number && forest->node && forest->ancestor && forest->semi && forest->label && forest->idom
        && forest->stack;
}

static void forest_free(Forest *forest)
{
    free(forest->number);
    free(forest->node);
    free(forest->ancestor);
    free(forest->semi);
    free(forest->label);
    free(forest->idom);
    free(forest->stack);
}

static uint32_t discover(Forest *forest, const Rows *rows, uint32_t node, uint32_t parent)
{
    uint32_t number = ++forest->count;
    forest->number[node] = number;
    forest->node[number] = node;
    forest->ancestor[number] = parent;
    forest->semi[number] = (uint32_t)rows->first[node];
    return number;
}

/* The next unreached referent of a vertex, or NO_NODE. Remembers where it stopped. */
static uint32_t next_unreached(Forest *forest, const Rows *rows, uint32_t vertex)
{
    size_t end = (size_t)rows->first[(size_t)forest->node[vertex] + 1];
    for (size_t edge = forest->semi[vertex]; edge < end; edge++) {
        if (forest->number[rows->targets[edge]] == 0 && !is_weak(rows, edge)) {
            forest->semi[vertex] = (uint32_t)(edge + 1);
            return rows->targets[edge];
        }
    }
    return NO_NODE;
}

static void number_from(Forest *forest, const Rows *rows, uint32_t root)
{
    uint32_t vertex = discover(forest, rows, root, 0);
    while (vertex != 0) {
        uint32_t target = next_unreached(forest, rows, vertex);
        vertex = target == NO_NODE ? forest->ancestor[vertex] : discover(forest, rows, target, vertex);
    }
}

static void number_all(Forest *forest, const Rows *rows, const uint32_t *roots, size_t root_count)
{
    for (size_t i = 0; i < root_count; i++) {
        if (forest->number[roots[i]] == 0) {
            number_from(forest, rows, roots[i]);
        }
    }
    for (uint32_t vertex = 0; vertex <= forest->count; vertex++) {
        forest->semi[vertex] = forest->label[vertex] = vertex;
        forest->idom[vertex] = 0;
    }
    for (size_t i = 0; i < root_count; i++) {
        forest->semi[forest->number[roots[i]]] = 0;
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

/* The vertex of least semidominator between a linked vertex and the root of its tree, that root left out. Vertices
 * from `linked` on are linked. Shortens the path; NO_NODE when memory ran out. */
static uint32_t evaluate(Forest *forest, uint32_t vertex, uint32_t linked)
{
    uint32_t *ancestor = forest->ancestor, *label = forest->label;
    const uint32_t *semi = forest->semi;
    size_t used = 0;
    uint32_t top = vertex;
    while (ancestor[top] >= linked) {
        if (!push(forest, used++, top)) {
            return NO_NODE;
        }
        top = ancestor[top];
    }
    while (used > 0) {
        uint32_t below = forest->stack[--used];
        if (semi[label[top]] < semi[label[below]]) {
            label[below] = label[top];
        }
        ancestor[below] = ancestor[top];
        top = below;
    }
    return label[vertex];
}

static bool find_semidominator(Forest *forest, const Rows *referrers, uint32_t vertex)
{
    size_t node = forest->node[vertex];
    if (forest->ancestor[vertex] < forest->semi[vertex]) {
        forest->semi[vertex] = forest->ancestor[vertex];
    }
    for (int64_t edge = referrers->first[node]; edge < referrers->first[node + 1]; edge++) {
        uint32_t before = forest->number[referrers->targets[edge]];
        if (before == 0) {
            continue;
        }
        if (before > vertex) {
            before = evaluate(forest, before, vertex + 1);
            if (before == NO_NODE) {
                return false;
            }
            before = forest->semi[before];
        }
        if (before < forest->semi[vertex]) {
            forest->semi[vertex] = before;
        }
    }
    return true;
}

/* Those whose semidominator is `parent`: their dominator is now known, or known to equal another's. */
static bool empty_bucket(Forest *forest, uint32_t parent, uint32_t linked)
{
    uint32_t vertex = forest->idom[parent];
    forest->idom[parent] = 0;
    while (vertex != 0) {
        uint32_t next = forest->idom[vertex], least = evaluate(forest, vertex, linked);
        if (least == NO_NODE) {
            return false;
        }
        forest->idom[vertex] = forest->semi[least] < forest->semi[vertex] ? least : parent;
        vertex = next;
    }
    return true;
}

static bool solve(Forest *forest, const Rows *referrers)
{
    for (uint32_t vertex = forest->count; vertex > 0; vertex--) {
        uint32_t parent = forest->ancestor[vertex];
        if (!find_semidominator(forest, referrers, vertex)) {
            return false;
        }
        forest->idom[vertex] = forest->idom[forest->semi[vertex]];
        forest->idom[forest->semi[vertex]] = vertex;
        if (!empty_bucket(forest, parent, vertex)) {
            return false;
        }
    }
    for (uint32_t vertex = 1; vertex <= forest->count; vertex++) {
        if (forest->idom[vertex] != forest->semi[vertex]) {
            forest->idom[vertex] = forest->idom[forest->idom[vertex]];
        }
    }
    return true;
}

bool dominators_compute(
    const Rows *rows, const Rows *referrers, const uint32_t *roots, size_t root_count, uint32_t *idom)
{
    Forest forest;
    bool solved = forest_init(&forest, rows->nodes);
    if (solved) {
        number_all(&forest, rows, roots, root_count);
        solved = solve(&forest, referrers);
    }
    for (uint32_t node = 0; solved && node < rows->nodes; node++) {
        uint32_t number = forest.number[node];
        uint32_t over = number == 0 ? 0 : forest.idom[number];
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
bool retained_compute(const uint32_t *idom, const int64_t *sizes, uint32_t nodes, int64_t *retained)
{
    uint32_t *waiting = calloc((size_t)nodes + 1, sizeof *waiting);
    if (waiting == NULL) {
        return false;
    }
    for (uint32_t node = 0; node < nodes; node++) {
        retained[node] = idom[node] > nodes ? 0 : sizes[node];
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
