/* Memory of the capture child: mapped by itself, never from malloc or Python's allocator, never freed. */
#ifndef HEAPDIFF_MEMORY_H
#define HEAPDIFF_MEMORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Zeroed pages, or NULL. */
void *memory_map(size_t bytes);
void memory_unmap(void *block, size_t bytes);

/* Bump allocation for small things that live as long as the child. NULL when memory ends. 16-byte aligned. */
void *memory_take(size_t bytes);

/* A set of addresses, one bit per 16 bytes, in pieces of 4 MiB of address space. */
typedef struct {
    uint64_t *keys;   /* address >> 22, plus 1; 0 is free */
    uint64_t **bits;
    uint64_t last_key;
    uint64_t *last_bits;
    size_t capacity, used;
} AddressSet;

bool address_set_init(AddressSet *set);
/* 1: was not in the set, is now; 0: was in it; -1: out of memory. */
int address_set_add(AddressSet *set, uintptr_t address);
bool address_set_has(AddressSet *set, uintptr_t address);

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

#endif
