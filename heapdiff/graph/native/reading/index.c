#include "reading/index.h"

#include <stdlib.h>
#include <string.h>

/* A page takes 56 bytes and often describes one large object alone, which has about 10 bytes of the file; so has a page of
   small ones hundreds. A forged file gets along with 4. The Python twin has the same limits. */
enum { BYTES_PER_FILE_BYTE = 8, BYTES_LEAST = 1 << 24 };
_Static_assert(sizeof(Page) == 56 && sizeof(Uppers) == 32, "the Python twin counts them with these sizes");

enum { FIRST_SLOTS = 1 << 12, FIRST_PAGES = 1 << 10, FIRST_UPPERS = 1 << 4, GROUP_SLOTS = 1 << 4 };

/* The finalizer of MurmurHash3, keyed. */
static size_t hash_page(const Index *index, uint64_t number)
{
    uint64_t hash = number ^ index->seed;
    hash = (hash ^ hash >> 33) * 0xFF51AFD7ED558CCDu;
    hash = (hash ^ hash >> 33) * (index->seed | 1);
    return (size_t)(hash ^ hash >> 33);
}

bool index_init(Index *index, uint64_t seed)
{
    memset(index, 0, sizeof *index);
    index->seed = seed;
    index->slot_mask = FIRST_SLOTS - 1;
    index->slots = calloc(FIRST_SLOTS, sizeof *index->slots);
    index->pages = malloc(FIRST_PAGES * sizeof *index->pages);
    index->page_room = FIRST_PAGES;
    index->bytes_most = BYTES_LEAST;
    return index->slots != NULL && index->pages != NULL;
}

void index_free(Index *index)
{
    free(index->slots);
    free(index->pages);
    free(index->uppers);
    memset(index, 0, sizeof *index);
}

/* The slot of a page, or the free one where it belongs. A run of pages shares a group of slots, in their order. Where that
 * is taken the next group is tried, one place further, so that each slot comes up. */
static uint32_t *find_slot(const Index *index, uint64_t number)
{
    size_t at = (hash_page(index, number / GROUP_SLOTS) * GROUP_SLOTS + number % GROUP_SLOTS) & index->slot_mask;
    while (index->slots[at] != 0 && index->pages[index->slots[at] - 1].number != number) {
        at = (at + GROUP_SLOTS + 1) & index->slot_mask;
    }
    return &index->slots[at];
}

Page *index_page(Index *index, uint64_t number)
{
    uint32_t *recent = &index->recent[number % RECENT_PAGES];
    if (*recent < index->page_count && index->pages[*recent].number == number) {
        return &index->pages[*recent];
    }
    uint32_t found = *find_slot(index, number);
    if (found == 0) {
        return NULL;
    }
    *recent = found - 1;
    return &index->pages[found - 1];
}

static bool grow_slots(Index *index)
{
    size_t count = (index->slot_mask + 1) * 2;
    uint32_t *slots = calloc(count, sizeof *slots);
    if (slots == NULL) {
        return false;
    }
    free(index->slots);
    index->slots = slots;
    index->slot_mask = count - 1;
    for (uint32_t page = 0; page < index->page_count; page++) {
        *find_slot(index, index->pages[page].number) = page + 1;
    }
    return true;
}

static bool grow_pages(Index *index)
{
    if (index->page_room > UINT32_MAX / 2) {
        return false;
    }
    Page *pages = realloc(index->pages, (size_t)index->page_room * 2 * sizeof *pages);
    if (pages == NULL) {
        return false;
    }
    index->pages = pages;
    index->page_room *= 2;
    return true;
}

static Page *add_page(Index *index, uint64_t number)
{
    if (index->pages == NULL) { /* never after `index_init` */
        return NULL;
    }
    if ((size_t)index->page_count * 2 > index->slot_mask && !grow_slots(index)) {
        return NULL;
    }
    if (index->page_count == index->page_room && !grow_pages(index)) {
        return NULL;
    }
    Page *page = &index->pages[index->page_count++];
    memset(page, 0, sizeof *page);
    page->number = number;
    *find_slot(index, number) = index->page_count;
    return page;
}

static bool is_full(const Index *index)
{
    uint64_t bytes = (uint64_t)index->page_count * sizeof(Page) + (uint64_t)index->upper_count * sizeof(Uppers);
    return bytes >= index->bytes_most;
}

static Uppers *add_uppers(Index *index)
{
    if (index->upper_count == index->upper_room) {
        uint32_t room = index->upper_room == 0 ? FIRST_UPPERS : index->upper_room * 2;
        Uppers *uppers = realloc(index->uppers, (size_t)room * sizeof *uppers);
        if (uppers == NULL) {
            return NULL;
        }
        index->uppers = uppers;
        index->upper_room = room;
    }
    Uppers *added = &index->uppers[index->upper_count++];
    memset(added, 0, sizeof *added);
    return added;
}

static Added add_upper(Index *index, Page *page, unsigned word, uint64_t bit)
{
    if (page->uppers == 0) {
        if (is_full(index)) {
            return TOO_SPARSE;
        }
        if (add_uppers(index) == NULL) {
            return OUT_OF_MEMORY;
        }
        page->uppers = index->upper_count;
    }
    index->uppers[page->uppers - 1].words[word] |= bit;
    return ADDED;
}

void index_allow(Index *index, size_t file_bytes)
{
    index->bytes_most += (uint64_t)file_bytes * BYTES_PER_FILE_BYTE;
}

Added index_add(Index *index, uint64_t address)
{
    Page *page = index_page(index, address >> PAGE_BITS);
    if (page == NULL) {
        if (is_full(index)) {
            return TOO_SPARSE;
        }
        page = add_page(index, address >> PAGE_BITS);
    }
    if (page == NULL) {
        return OUT_OF_MEMORY;
    }
    unsigned granule = (address >> 4) & 0xFF, word = granule >> 6;
    uint64_t bit = (uint64_t)1 << (granule & 63);
    if (page->present[word] & bit) {
        return TAKEN;
    }
    page->present[word] |= bit;
    return address >> 3 & 1 ? add_upper(index, page, word, bit) : ADDED;
}

static int compare_pages(const void *left, const void *right)
{
    uint64_t a = ((const Page *)left)->number, b = ((const Page *)right)->number;
    return (a > b) - (a < b);
}

bool index_seal(Index *index)
{
    uint64_t nodes = 0;
    qsort(index->pages, index->page_count, sizeof *index->pages, compare_pages);
    memset(index->slots, 0, (index->slot_mask + 1) * sizeof *index->slots);
    for (uint32_t at = 0; at < index->page_count; at++) {
        Page *page = &index->pages[at];
        uint32_t inside = 0;
        page->base = (uint32_t)nodes;
        for (unsigned word = 0; word < PAGE_WORDS; word++) {
            page->before[word] = (uint8_t)inside;
            inside += count_bits(page->present[word]);
        }
        nodes += inside;
        if (nodes > MOST_NODES) {
            return false;
        }
        *find_slot(index, page->number) = at + 1;
    }
    index->nodes = (uint32_t)nodes;
    return true;
}

void index_addresses(const Index *index, uint64_t *out)
{
    for (uint32_t at = 0; at < index->page_count; at++) {
        const Page *page = &index->pages[at];
        for (unsigned word = 0; word < PAGE_WORDS; word++) {
            for (uint64_t left = page->present[word]; left != 0; left &= left - 1) {
                uint64_t granule = word * 64 + (unsigned)__builtin_ctzll(left);
                uint64_t upper = is_upper(index, page, word, left & -left) ? 8 : 0;
                *out++ = page->number << PAGE_BITS | granule << 4 | upper;
            }
        }
    }
}
