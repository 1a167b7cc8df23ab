/* Dial, "Algorithm 360: shortest-path forest with topological ordering", CACM 1969: a ring of buckets by distance. */
#include "algorithms/paths.h"

#include <stdlib.h>
#include <string.h>

enum { BUCKETS = 256, WORDS = BUCKETS / 64 };

#define NOT_WAITING (NO_NODE - 1)

/* Nodes that wait, in a list for each distance modulo 256; no two waiting distances are further apart. */
typedef struct {
    uint32_t head[BUCKETS], tail[BUCKETS];
    uint64_t busy[WORDS];
    uint32_t *next, *previous;
    size_t waiting;
} Ring;

static void ring_append(Ring *ring, uint32_t node, int64_t distance)
{
    unsigned bucket = distance & (BUCKETS - 1);
    uint32_t tail = ring->tail[bucket];
    ring->next[node] = NO_NODE;
    ring->previous[node] = tail;
    if (tail == NO_NODE) {
        ring->head[bucket] = node;
        ring->busy[bucket >> 6] |= (uint64_t)1 << (bucket & 63);
    } else {
        ring->next[tail] = node;
    }
    ring->tail[bucket] = node;
    ring->waiting++;
}

static void ring_remove(Ring *ring, uint32_t node, int64_t distance)
{
    unsigned bucket = distance & (BUCKETS - 1);
    uint32_t next = ring->next[node], previous = ring->previous[node];
    if (previous == NO_NODE) {
        ring->head[bucket] = next;
    } else {
        ring->next[previous] = next;
    }
    if (next == NO_NODE) {
        ring->tail[bucket] = previous;
    } else {
        ring->previous[next] = previous;
    }
    ring->previous[node] = NOT_WAITING;
    if (ring->head[bucket] == NO_NODE) {
        ring->busy[bucket >> 6] &= ~((uint64_t)1 << (bucket & 63));
    }
    ring->waiting--;
}

/* The least distance from `distance` on at which a node waits. There must be one. */
static int64_t ring_least(const Ring *ring, int64_t distance)
{
    unsigned start = distance & (BUCKETS - 1);
    uint64_t word = ring->busy[start >> 6] >> (start & 63);
    if (word != 0) {
        return distance + __builtin_ctzll(word);
    }
    int64_t at = distance + 64 - (start & 63);
    while (ring->busy[(at & (BUCKETS - 1)) >> 6] == 0) {
        at += 64;
    }
    return at + __builtin_ctzll(ring->busy[(at & (BUCKETS - 1)) >> 6]);
}

static int64_t saturate(int64_t distance)
{
    return distance < FARTHEST ? distance : FARTHEST;
}

/* Let the node wait at a lesser distance than it has. */
static void lower(Ring *ring, Paths *paths, uint32_t node, int64_t distance)
{
    if (ring->previous[node] != NOT_WAITING) {
        ring_remove(ring, node, paths->distance[node]);
    }
    paths->distance[node] = (int32_t)distance;
    ring_append(ring, node, distance);
}

static void settle(Ring *ring, const Rows *rows, const uint8_t *costs, Paths *paths, uint32_t node)
{
    int64_t distance = paths->distance[node];
    for (int64_t edge = rows->first[node]; edge < rows->first[node + 1]; edge++) {
        uint32_t target = rows->targets[edge];
        int64_t through = saturate(distance + costs[edge]);
        if (through < paths->distance[target] && costs[edge] != FORBIDDEN_COST && !is_weak(rows, (size_t)edge)) {
            lower(ring, paths, target, through);
            paths->edge[target] = (int32_t)edge;
        }
    }
}

static void search(Ring *ring, const Rows *rows, const uint8_t *costs, Starts starts, Paths *paths)
{
    int64_t distance = 0;
    size_t begun = 0;
    while (ring->waiting > 0 || begun < starts.count) {
        int64_t least = ring->waiting > 0 ? ring_least(ring, distance) : UNREACHED;
        int64_t next = begun < starts.count ? saturate(starts.costs[begun]) : UNREACHED;
        distance = next < least ? next : least;
        for (; begun < starts.count && saturate(starts.costs[begun]) == distance; begun++) {
            uint32_t start = starts.nodes[begun];
            if (distance < paths->distance[start]) {
                lower(ring, paths, start, distance);
                paths->edge[start] = -1;
            }
        }
        uint32_t node = ring->head[distance & (BUCKETS - 1)];
        if (node != NO_NODE) {
            ring_remove(ring, node, distance);
            settle(ring, rows, costs, paths, node);
        }
    }
}

static void find_parents(const Rows *rows, Paths *paths)
{
    memset(paths->parent, 0xFF, (size_t)rows->nodes * sizeof *paths->parent);
    for (uint32_t node = 0; node < rows->nodes; node++) {
        for (int32_t edge = rows->first[node]; edge < rows->first[node + 1]; edge++) {
            if (paths->edge[rows->targets[edge]] == edge) {
                paths->parent[rows->targets[edge]] = (int32_t)node;
            }
        }
    }
}

bool paths_compute(const Rows *rows, const uint8_t *costs, Starts starts, Paths *paths)
{
    Ring ring = {.waiting = 0};
    memset(ring.head, 0xFF, sizeof ring.head);
    memset(ring.tail, 0xFF, sizeof ring.tail);
    ring.next = calloc((size_t)rows->nodes + 1, sizeof *ring.next);
    ring.previous = (uint32_t *)paths->parent; /* who a node's parent is, its reference says in the end */
    bool enough = ring.next != NULL;
    for (uint32_t node = 0; enough && node < rows->nodes; node++) {
        ring.previous[node] = NOT_WAITING;
    }
    if (enough) {
        search(&ring, rows, costs, starts, paths);
        find_parents(rows, paths);
    }
    free(ring.next);
    return enough;
}

bool reach_compute(const Rows *rows, const uint32_t *starts, size_t count, uint8_t *marks)
{
    uint32_t *stack = malloc(((size_t)rows->nodes + 1) * sizeof *stack);
    size_t used = 0;
    if (stack == NULL) {
        return false;
    }
    for (size_t i = 0; i < count; i++) {
        if (marks[starts[i]] == UNSEEN) {
            marks[starts[i]] = SEEN;
            stack[used++] = starts[i];
        }
    }
    while (used > 0) {
        uint32_t node = stack[--used];
        for (int64_t edge = rows->first[node]; edge < rows->first[node + 1]; edge++) {
            uint32_t target = rows->targets[edge];
            if (marks[target] == UNSEEN && !is_weak(rows, (size_t)edge)) {
                marks[target] = SEEN;
                stack[used++] = target;
            }
        }
    }
    free(stack);
    return true;
}
