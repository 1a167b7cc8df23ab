/* SipHash-1-3, which CPython's own hash of texts is, too: of a message that begins with a number. */
#pragma once

#include <stddef.h>
#include <stdint.h>

typedef struct {
    uint64_t low, high;
} SipKey;

/* Of `head`, least byte first, and the bytes behind it. */
uint64_t siphash(const SipKey *key, uint64_t head, const void *bytes, size_t count);
