#include "algorithms/recurring.h"

#include <stdlib.h>

#include "arrays/bits.h"

enum { UNPROVEN, PROVEN, BARRED };

typedef struct {
    const Rows *before, *after;
    const int32_t *matched;
    uint64_t *common; /* a bit per reference of `after`: it joined the same objects before */
    uint64_t *marked; /* a bit per node of `before`, all 0 between two rows */
    uint8_t *state;   /* of each node of `after` */
    uint32_t *stack;
} Proof;

void recurring_match(
    const uint64_t *addresses, size_t count, const uint64_t *before, size_t count_before, int32_t *matched)
{
    size_t at = 0;
    for (size_t node = 0; node < count; node++) {
        while (at < count_before && before[at] < addresses[node]) {
            at++;
        }
        matched[node] = at < count_before && before[at] == addresses[node] ? (int32_t)at : -1;
    }
}

static void mark_row(const Proof *proof, int32_t then, bool marks)
{
    for (int32_t edge = proof->before->first[then]; edge < proof->before->first[then + 1]; edge++) {
        uint32_t target = proof->before->targets[edge];
        if (!marks) {
            proof->marked[target >> 6] = 0;
        } else if (!is_weak(proof->before, (size_t)edge)) {
            set_bit(proof->marked, target);
        }
    }
}

/* Most references stand where they stood; only a row with others is worth marking what it led to. */
static void compare_row(const Proof *proof, uint32_t node)
{
    int32_t then = proof->matched[node];
    int32_t begin = proof->after->first[node], end = proof->after->first[node + 1];
    int32_t old = proof->before->first[then], old_end = proof->before->first[then + 1];
    bool moved = false;
    for (int32_t edge = begin; edge < end; edge++, old++) {
        int32_t target = proof->matched[proof->after->targets[edge]];
        if (target < 0 || is_weak(proof->after, (size_t)edge)) {
            continue;
        }
        if (old < old_end && proof->before->targets[old] == (uint32_t)target && !is_weak(proof->before, (size_t)old)) {
            set_bit(proof->common, (uint32_t)edge);
        } else {
            moved = true;
        }
    }
    if (!moved) {
        return;
    }
    mark_row(proof, then, true);
    for (int32_t edge = begin; edge < end; edge++) {
        int32_t target = proof->matched[proof->after->targets[edge]];
        if (target >= 0 && !is_weak(proof->after, (size_t)edge) && has_bit(proof->marked, (uint32_t)target)) {
            set_bit(proof->common, (uint32_t)edge);
        }
    }
    mark_row(proof, then, false);
}

static bool refers_elsewhere(const Proof *proof, uint32_t node)
{
    int32_t then = proof->matched[node], strong = 0, strong_before = 0;
    for (int32_t edge = proof->after->first[node]; edge < proof->after->first[node + 1]; edge++) {
        bool is_strong = !is_weak(proof->after, (size_t)edge);
        if (is_strong && !has_bit(proof->common, (uint32_t)edge)) {
            return true;
        }
        strong += is_strong;
    }
    for (int32_t edge = proof->before->first[then]; edge < proof->before->first[then + 1]; edge++) {
        strong_before += !is_weak(proof->before, (size_t)edge);
    }
    return strong != strong_before;
}

static void follow_common(const Proof *proof, const uint32_t *starts, size_t start_count)
{
    size_t used = 0;
    for (size_t i = 0; i < start_count; i++) {
        if (proof->state[starts[i]] != PROVEN) {
            proof->state[starts[i]] = PROVEN;
            proof->stack[used++] = starts[i];
        }
    }
    while (used > 0) {
        uint32_t node = proof->stack[--used];
        for (int32_t edge = proof->after->first[node]; edge < proof->after->first[node + 1]; edge++) {
            uint32_t target = proof->after->targets[edge];
            if (has_bit(proof->common, (uint32_t)edge) && proof->state[target] == UNPROVEN) {
                proof->state[target] = PROVEN;
                proof->stack[used++] = target;
            }
        }
    }
}

bool recurring_prove(const Rows *before, const Rows *after, const uint8_t *kinds, const uint32_t *starts, size_t start_count,
    int32_t *matched)
{
    Proof proof = {before, after, matched, NULL, NULL, NULL, NULL};
    proof.common = calloc(after->edges / 64 + 1, sizeof *proof.common);
    proof.marked = calloc(before->nodes / 64 + 1, sizeof *proof.marked);
    proof.state = calloc((size_t)after->nodes + 1, 1);
    proof.stack = malloc(((size_t)after->nodes + 1) * sizeof *proof.stack);
    bool enough = proof.common && proof.marked && proof.state && proof.stack;
    for (uint32_t node = 0; enough && node < after->nodes; node++) {
        if (matched[node] >= 0) {
            compare_row(&proof, node);
            bool replaced = kinds[node] == REPLACED || (kinds[node] == IMMUTABLE && refers_elsewhere(&proof, node));
            proof.state[node] = replaced ? BARRED : UNPROVEN;
        }
    }
    if (enough) {
        follow_common(&proof, starts, start_count);
    }
    for (uint32_t node = 0; enough && node < after->nodes; node++) {
        matched[node] = proof.state[node] == PROVEN ? matched[node] : -1;
    }
    free(proof.common);
    free(proof.marked);
    free(proof.state);
    free(proof.stack);
    return enough;
}
