#define _GNU_SOURCE
#include "memory.h"

#include <string.h>
#include <sys/mman.h>

enum { PIECE_SHIFT = 22, GRANULE_SHIFT = 4, PIECE_BYTES = (1 << (PIECE_SHIFT - GRANULE_SHIFT)) / 8 };
enum { CHUNK_BYTES = 1 << 18 };

static char *chunk;
static size_t chunk_left;

void *memory_map(size_t bytes)
{
    void *block = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return block == MAP_FAILED ? NULL : block;
}

void memory_unmap(void *block, size_t bytes)
{
    if (block != NULL) {
        munmap(block, bytes);
    }
}

void *memory_take(size_t bytes)
{
    bytes = (bytes + 15) & ~(size_t)15;
    if (bytes > CHUNK_BYTES / 4) {
        return memory_map(bytes);
    }
    if (bytes > chunk_left) {
        chunk = memory_map(CHUNK_BYTES);
        chunk_left = chunk == NULL ? 0 : CHUNK_BYTES;
        if (chunk == NULL) {
            return NULL;
        }
    }
    void *taken = chunk;
    chunk += bytes;
    chunk_left -= bytes;
    return taken;
}

static size_t spread(uint64_t key, size_t capacity)
{
    return (size_t)((key * 0x9E3779B97F4A7C15ull) >> 20) & (capacity - 1);
}

bool address_set_init(AddressSet *set)
{
    memset(set, 0, sizeof *set);
    set->capacity = 4096;
    set->keys = memory_map(set->capacity * sizeof *set->keys);
    set->bits = memory_map(set->capacity * sizeof *set->bits);
    return set->keys != NULL && set->bits != NULL;
}

static bool address_set_grow(AddressSet *set)
{
    AddressSet wider = *set;
    wider.capacity = set->capacity * 2;
    wider.keys = memory_map(wider.capacity * sizeof *wider.keys);
    wider.bits = memory_map(wider.capacity * sizeof *wider.bits);
    if (wider.keys == NULL || wider.bits == NULL) {
        return false;
    }
    for (size_t i = 0; i < set->capacity; i++) {
        if (set->keys[i] != 0) {
            size_t at = spread(set->keys[i], wider.capacity);
            while (wider.keys[at] != 0) {
                at = (at + 1) & (wider.capacity - 1);
            }
            wider.keys[at] = set->keys[i];
            wider.bits[at] = set->bits[i];
        }
    }
    memory_unmap(set->keys, set->capacity * sizeof *set->keys);
    memory_unmap(set->bits, set->capacity * sizeof *set->bits);
    *set = wider;
    return true;
}

/* The piece of bitmap that holds an address; NULL when it is absent and not to be made, or memory ends. */
static uint64_t *piece_of(AddressSet *set, uintptr_t address, bool make)
{
    uint64_t key = ((uint64_t)address >> PIECE_SHIFT) + 1;
    if (key == set->last_key) {
        return set->last_bits;
    }
    size_t at = spread(key, set->capacity);
    while (set->keys[at] != 0 && set->keys[at] != key) {
        at = (at + 1) & (set->capacity - 1);
    }
    if (set->keys[at] == 0) {
        if (!make) {
            return NULL;
        }
        if (set->used * 2 >= set->capacity) {
            return address_set_grow(set) ? piece_of(set, address, make) : NULL;
        }
        set->bits[at] = memory_take(PIECE_BYTES);
        if (set->bits[at] == NULL) {
            return NULL;
        }
        set->keys[at] = key;
        set->used++;
    }
    set->last_key = key;
    set->last_bits = set->bits[at];
    return set->last_bits;
}

int address_set_add(AddressSet *set, uintptr_t address)
{
    uint64_t *bits = piece_of(set, address, true);
    if (bits == NULL) {
        return -1;
    }
    size_t granule = (address >> GRANULE_SHIFT) & ((1u << (PIECE_SHIFT - GRANULE_SHIFT)) - 1);
    uint64_t mask = 1ull << (granule & 63);
    if (bits[granule >> 6] & mask) {
        return 0;
    }
    bits[granule >> 6] |= mask;
    return 1;
}

bool address_set_has(AddressSet *set, uintptr_t address)
{
    uint64_t *bits = piece_of(set, address, false);
    size_t granule = (address >> GRANULE_SHIFT) & ((1u << (PIECE_SHIFT - GRANULE_SHIFT)) - 1);
    return bits != NULL && (bits[granule >> 6] >> (granule & 63) & 1) != 0;
}

bool pointer_map_init(PointerMap *map, size_t capacity)
{
    map->capacity = capacity;
    map->used = 0;
    map->slots = memory_map(capacity * sizeof *map->slots);
    return map->slots != NULL;
}

static bool pointer_map_grow(PointerMap *map)
{
    PointerMap wider;
    if (!pointer_map_init(&wider, map->capacity * 2)) {
        return false;
    }
    for (size_t i = 0; i < map->capacity; i++) {
        if (map->slots[i].key != 0) {
            bool added;
            *pointer_map_place(&wider, (void *)map->slots[i].key, &added) = map->slots[i].value;
        }
    }
    memory_unmap(map->slots, map->capacity * sizeof *map->slots);
    *map = wider;
    return true;
}

static size_t slot_of(const PointerMap *map, uintptr_t key)
{
    size_t at = spread(key, map->capacity);
    while (map->slots[at].key != 0 && map->slots[at].key != key) {
        at = (at + 1) & (map->capacity - 1);
    }
    return at;
}

uint32_t *pointer_map_place(PointerMap *map, const void *key, bool *added)
{
    size_t at = slot_of(map, (uintptr_t)key);
    *added = map->slots[at].key == 0;
    if (*added) {
        if (map->used * 2 >= map->capacity) {
            if (!pointer_map_grow(map)) {
                return NULL;
            }
            at = slot_of(map, (uintptr_t)key);
        }
        map->slots[at].key = (uintptr_t)key;
        map->used++;
    }
    return &map->slots[at].value;
}

uint32_t *pointer_map_find(PointerMap *map, const void *key)
{
    size_t at = slot_of(map, (uintptr_t)key);
    return map->slots[at].key == 0 ? NULL : &map->slots[at].value;
}

bool pile_init(Pile *pile, size_t item_bytes, size_t capacity)
{
    pile->item_bytes = item_bytes;
    pile->count = 0;
    pile->capacity = capacity;
    pile->items = memory_map(item_bytes * capacity);
    return pile->items != NULL;
}

void *pile_push(Pile *pile)
{
    if (pile->count == pile->capacity) {
        void *moved = mremap(pile->items, pile->item_bytes * pile->capacity, pile->item_bytes * pile->capacity * 2,
                             MREMAP_MAYMOVE);
        if (moved == MAP_FAILED) {
            return NULL;
        }
        pile->items = moved;
        pile->capacity *= 2;
    }
    return pile->items + pile->item_bytes * pile->count++;
}
