#include "algorithms/retained.h"

#include <stdlib.h>

#include "arrays/bits.h"
#include "arrays/labels.h"

/* Of those that dominate others, or don't fit into the column. The others, most of a heap, retain themselves. */
typedef struct {
    uint64_t *among;   /* a bit for each node */
    uint32_t *before;  /* how many there are in the words before */
    int64_t *totals;   /* what each retains, as far as it was handed up */
    uint32_t *waiting; /* how many have not handed up to each; NO_NODE once it has itself */
} Sums;

static uint32_t place_of(const Sums *sums, uint32_t node)
{
    uint64_t lower = ((uint64_t)1 << (node & 63)) - 1;
    return sums->before[node >> 6] + count_bits(sums->among[node >> 6] & lower);
}

static bool sums_init(Sums *sums, const uint32_t *idom, uint32_t nodes, const Wide *large)
{
    size_t words = (size_t)nodes / 64 + 1;
    uint32_t count = 0;
    *sums = (Sums){.among = calloc(words, sizeof *sums->among), .before = malloc(words * sizeof *sums->before)};
    if (sums->among == NULL || sums->before == NULL) {
        return false;
    }
    for (uint32_t node = 0; node < nodes; node++) {
        if (idom[node] < nodes) {
            set_bit(sums->among, idom[node]);
        }
    }
    for (size_t i = 0; i < large->count; i++) {
        set_bit(sums->among, large->nodes[i]);
    }
    for (size_t word = 0; word < words; word++) {
        sums->before[word] = count;
        count += count_bits(sums->among[word]);
    }
    sums->totals = malloc(((size_t)count + 1) * sizeof *sums->totals);
    sums->waiting = calloc((size_t)count + 1, sizeof *sums->waiting);
    return sums->totals != NULL && sums->waiting != NULL;
}

static void sums_free(Sums *sums)
{
    free(sums->among);
    free(sums->before);
    free(sums->totals);
    free(sums->waiting);
}

static void begin_with_own(Sums *sums, const uint32_t *idom, uint32_t nodes, uint32_t *sizes, const Wide *large)
{
    for (uint32_t node = 0; node < nodes; node++) {
        sizes[node] = idom[node] > nodes ? 0 : sizes[node];
        if (has_bit(sums->among, node)) {
            sums->totals[place_of(sums, node)] = sizes[node];
        }
        if (idom[node] < nodes) {
            sums->waiting[place_of(sums, idom[node])]++;
        }
    }
    for (size_t i = 0; i < large->count; i++) {
        uint32_t node = large->nodes[i];
        sums->totals[place_of(sums, node)] = idom[node] > nodes ? 0 : large->numbers[i];
    }
}

/* Whether all that a node dominates has handed up, and it has not; then `total` is what it retains. */
static bool is_next(Sums *sums, uint32_t node, int64_t *total)
{
    if (!has_bit(sums->among, node)) {
        return true;
    }
    uint32_t place = place_of(sums, node);
    if (sums->waiting[place] != 0) {
        return false;
    }
    sums->waiting[place] = NO_NODE;
    *total = sums->totals[place];
    return true;
}

/* Each node hands up once, so even a wrong tree ends. */
static void hand_up(Sums *sums, const uint32_t *idom, uint32_t nodes, const uint32_t *sizes)
{
    for (uint32_t node = 0; node < nodes; node++) {
        uint32_t at = node;
        int64_t total = sizes[node];
        while (is_next(sums, at, &total) && idom[at] < nodes) {
            at = idom[at];
            uint32_t place = place_of(sums, at);
            sums->totals[place] = add_sizes(sums->totals[place], total);
            sums->waiting[place]--;
        }
    }
}

static bool tell(const Sums *sums, uint32_t nodes, uint32_t *sizes, Wide *wide)
{
    for (uint32_t node = 0; node < nodes; node++) {
        if (!has_bit(sums->among, node)) {
            continue;
        }
        int64_t total = sums->totals[place_of(sums, node)];
        bool is_wide = total < 0 || total >= UINT32_MAX;
        sizes[node] = is_wide ? UINT32_MAX : (uint32_t)total;
        if (is_wide && !wide_add(wide, node, total)) {
            return false;
        }
    }
    return true;
}

bool retained_compute(const uint32_t *idom, uint32_t nodes, uint32_t *sizes, const Wide *large, Wide *wide)
{
    Sums sums;
    bool enough = sums_init(&sums, idom, nodes, large);
    if (enough) {
        begin_with_own(&sums, idom, nodes, sizes, large);
        hand_up(&sums, idom, nodes, sizes);
        enough = tell(&sums, nodes, sizes, wide);
    }
    sums_free(&sums);
    return enough;
}
