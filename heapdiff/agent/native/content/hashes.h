/* A keyed hash of each str and bytes object: whether two of one snapshot are equal, and nothing else of what they hold. */
#pragma once

#include "cpython/internals.h"
#include "content/siphash.h"
#include "write/output.h"

typedef struct {
    Section section;
    SipKey key;
    bool on;
} Hashes;

/* With a key that nobody else has; without one, `on` stays false. False when memory ended. */
bool hashes_init(Hashes *hashes, HeapFile *file);
/* Of an object of exactly one of the two types; 0: it has none. Reads its text, so it may crash. */
uint32_t hash_of(const Hashes *hashes, PyObject *object);
/* The entry of the next such object; false when the file failed. */
bool hashes_put(Hashes *hashes, uint32_t hash);
/* Writes what is left and forgets the key. */
bool hashes_end(Hashes *hashes);
