/* Memory of the capture child: mapped by itself, never from malloc or Python's allocator, never freed. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Zeroed pages, or NULL. */
void *memory_map(size_t bytes);
void memory_unmap(void *block, size_t bytes);
/* A copy of what this process has at an address, wherever that may be; false where not all of it can be read. */
bool memory_peek(const void *address, void *copy, size_t bytes);

/* Bump allocation for small things that live as long as the child. NULL when memory ends. 16-byte aligned. */
void *memory_take(size_t bytes);

enum { PIECE_SHIFT = 22, GRANULE_SHIFT = 4, PIECE_BYTES = (1 << (PIECE_SHIFT - GRANULE_SHIFT)) / 8 };

/* Of a set of addresses, 4 MiB of address space: one bit per 16 bytes. */
typedef struct {
    uint64_t key;    /* address >> 22, plus 1; 0 is free */
    uint64_t *bits;
} Piece;

typedef struct {
    Piece *pieces;
    size_t capacity, used;
} AddressSet;

bool address_set_init(AddressSet *set);
bool address_set_has(AddressSet *set, uintptr_t address);
/* A piece that was not there; NULL when memory ends. */
Piece *address_set_extend(AddressSet *set, uint64_t key);

static inline size_t spread(uint64_t key, size_t capacity)
{
    return (size_t)((key * 0x9E3779B97F4A7C15ull) >> 20) & (capacity - 1);
}

static inline uint64_t piece_key(uintptr_t address)
{
    return ((uint64_t)address >> PIECE_SHIFT) + 1;
}

/* The key's piece, or a free place. */
static inline Piece *address_set_place(const AddressSet *set, uint64_t key)
{
    size_t at = spread(key, set->capacity);
    while (set->pieces[at].key != key && set->pieces[at].key != 0) {
        at = (at + 1) & (set->capacity - 1);
    }
    return &set->pieces[at];
}

/* 1: was not in the set, is now; 0: was in it; -1: out of memory. */
static inline int address_set_add(AddressSet *set, uintptr_t address)
{
    uint64_t key = piece_key(address);
    Piece *piece = address_set_place(set, key);
    if (piece->key == 0 && (piece = address_set_extend(set, key)) == NULL) {
        return -1;
    }
    size_t granule = (address >> GRANULE_SHIFT) & (PIECE_BYTES * 8 - 1);
    uint64_t *word = &piece->bits[granule >> 6], mask = 1ull << (granule & 63), before = *word;
    *word = before | mask;
    return (before & mask) == 0;
}

/* A map from pointers to 32-bit numbers. */
typedef struct {
    struct { uintptr_t key; uint32_t value; } *slots;
    size_t capacity, used;
} PointerMap;

bool pointer_map_init(PointerMap *map, size_t capacity);
/* The place of the key's value, added as 0 when `*added`; NULL when memory ends. */
uint32_t *pointer_map_place(PointerMap *map, const void *key, bool *added);
/* The place of the key's value, or NULL when it is not there. */
uint32_t *pointer_map_find(PointerMap *map, const void *key);

/* A growing array of fixed-size items in its own mapping. */
typedef struct {
    char *items;
    size_t item_bytes, count, capacity;
} Pile;

bool pile_init(Pile *pile, size_t item_bytes, size_t capacity);
/* A new, uninitialised item at the end; NULL when memory ends. */
void *pile_push(Pile *pile);
