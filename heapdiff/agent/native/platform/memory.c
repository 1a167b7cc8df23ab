#define _GNU_SOURCE
#include "platform/memory.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

enum { CHUNK_BYTES = 1 << 18 };

static char *chunk;
static size_t chunk_left;

void *memory_map(size_t bytes)
{
    void *block = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (block == MAP_FAILED) {
        return NULL;
    }
    return block;
}

void memory_unmap(void *block, size_t bytes)
{
    if (block != NULL) {
        munmap(block, bytes);
    }
}

/* A bare call: libc's, or a sanitizer's, may look at the bytes by itself. */
static bool peek_through_pipe(const void *address, void *copy, size_t bytes)
{
    int ends[2];
    if (pipe2(ends, O_CLOEXEC | O_NONBLOCK) != 0) {
        return false;
    }
    bool done = syscall(SYS_write, ends[1], address, bytes) == (long)bytes && read(ends[0], copy, bytes) == (ssize_t)bytes;
    close(ends[0]);
    close(ends[1]);
    return done;
}

/* qemu-user and some sandboxes have no process_vm_readv(2), but any kernel looks before it puts something into a pipe. */
bool memory_peek(const void *address, void *copy, size_t bytes)
{
    struct iovec here = {copy, bytes}, there = {(void *)(uintptr_t)address, bytes};
    ssize_t copied = process_vm_readv(getpid(), &here, 1, &there, 1, 0);
    if (copied < 0 && (errno == ENOSYS || errno == EPERM)) {
        return peek_through_pipe(address, copy, bytes);
    }
    return copied == (ssize_t)bytes;
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

bool address_set_init(AddressSet *set)
{
    set->used = 0;
    set->capacity = 4096;
    set->pieces = memory_map(set->capacity * sizeof *set->pieces);
    return set->pieces != NULL;
}

static bool address_set_grow(AddressSet *set)
{
    AddressSet wider = *set;
    wider.capacity = set->capacity * 2;
    wider.pieces = memory_map(wider.capacity * sizeof *wider.pieces);
    if (wider.pieces == NULL) {
        return false;
    }
    for (size_t i = 0; i < set->capacity; i++) {
        if (set->pieces[i].key != 0) {
            *address_set_place(&wider, set->pieces[i].key) = set->pieces[i];
        }
    }
    memory_unmap(set->pieces, set->capacity * sizeof *set->pieces);
    *set = wider;
    return true;
}

Piece *address_set_extend(AddressSet *set, uint64_t key)
{
    if (set->used * 2 >= set->capacity && !address_set_grow(set)) {
        return NULL;
    }
    uint64_t *bits = memory_take(PIECE_BYTES);
    if (bits == NULL) {
        return NULL;
    }
    Piece *piece = address_set_place(set, key);
    *piece = (Piece){key, bits};
    set->used++;
    return piece;
}

bool address_set_has(AddressSet *set, uintptr_t address)
{
    const Piece *piece = address_set_place(set, piece_key(address));
    size_t granule = (address >> GRANULE_SHIFT) & (PIECE_BYTES * 8 - 1);
    return piece->key != 0 && (piece->bits[granule >> 6] >> (granule & 63) & 1) != 0;
}

bool pointer_map_init(PointerMap *map, size_t capacity)
{
    map->capacity = capacity;
    map->used = 0;
    map->slots = memory_map(capacity * sizeof *map->slots);
    return map->slots != NULL;
}

static size_t slot_of(const PointerMap *map, uintptr_t key)
{
    size_t at = spread(key, map->capacity);
    while (map->slots[at].key != 0 && map->slots[at].key != key) {
        at = (at + 1) & (map->capacity - 1);
    }
    return at;
}

static bool pointer_map_grow(PointerMap *map)
{
    PointerMap wider;
    if (!pointer_map_init(&wider, map->capacity * 2)) {
        return false;
    }
    for (size_t i = 0; i < map->capacity; i++) {
        if (map->slots[i].key != 0) {
            wider.slots[slot_of(&wider, map->slots[i].key)] = map->slots[i];
            wider.used++;
        }
    }
    memory_unmap(map->slots, map->capacity * sizeof *map->slots);
    *map = wider;
    return true;
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
