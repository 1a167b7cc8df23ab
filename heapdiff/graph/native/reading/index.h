/* From an address to its rank among all addresses: one bit per 16 bytes in pages of 4 KiB, found by a hash table.
 *
 * Nearly every look-up would miss the cache twice or more, so: what it needs of a page lies together, neighbouring pages
 * have neighbouring slots, and pages found a moment ago are tried first. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "arrays/bits.h"
#include "arrays/labels.h"

enum { PAGE_BITS = 12, PAGE_WORDS = 4, RECENT_PAGES = 256 };

typedef struct {
    uint64_t number;              /* address >> PAGE_BITS */
    uint64_t present[PAGE_WORDS]; /* an object begins in this granule */
    uint32_t base;                /* objects in the pages before */
    uint8_t before[PAGE_WORDS];   /* objects in the words before */
    uint32_t uppers;              /* place of its Uppers + 1; 0: it has none, as nearly all */
} Page;

typedef struct {
    uint64_t words[PAGE_WORDS]; /* an object begins in the upper 8 bytes of this granule */
} Uppers;

typedef struct {
    Page *pages;
    uint32_t page_count, page_room;
    Uppers *uppers;
    uint32_t upper_count, upper_room;
    uint32_t *slots; /* page + 1, 0 when free */
    size_t slot_mask;
    uint64_t seed; /* keeps a hostile file from choosing pages that collide */
    uint32_t recent[RECENT_PAGES]; /* pages found last, by the lower bits of their number */
    uint32_t nodes;
    uint64_t bytes_most; /* of pages and uppers */
} Index;

typedef enum { ADDED, TAKEN, OUT_OF_MEMORY, TOO_SPARSE } Added;

bool index_init(Index *index, uint64_t seed);
void index_free(Index *index);
/* So many more bytes of the file are about to be read: the pages may take a multiple of them, plus a constant. */
void index_allow(Index *index, size_t file_bytes);
Added index_add(Index *index, uint64_t address);

/* Give out the ranks. False when there are too many objects or too little memory. */
bool index_seal(Index *index);

/* After sealing: all addresses in ascending order, and one address's rank or NO_NODE. */
void index_addresses(const Index *index, uint64_t *out);

Page *index_page(Index *index, uint64_t number);

static inline bool is_upper(const Index *index, const Page *page, unsigned word, uint64_t bit)
{
    return page->uppers != 0 && (index->uppers[page->uppers - 1].words[word] & bit);
}

static inline uint32_t index_find(Index *index, uint64_t address)
{
    const Page *page = index_page(index, address >> PAGE_BITS);
    if (page == NULL) {
        return NO_NODE;
    }
    unsigned granule = (address >> 4) & 0xFF, word = granule >> 6;
    uint64_t bit = (uint64_t)1 << (granule & 63);
    if (!(page->present[word] & bit) || is_upper(index, page, word, bit) != (address >> 3 & 1)) {
        return NO_NODE;
    }
    return page->base + page->before[word] + count_bits(page->present[word] & (bit - 1));
}
