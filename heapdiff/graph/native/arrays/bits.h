/* Sets as one bit for each member, and how many bits of a word are set, also where the processor is not asked for it. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

static inline bool has_bit(const uint64_t *bits, uint32_t member)
{
    return bits[member >> 6] >> (member & 63) & 1;
}

static inline void set_bit(uint64_t *bits, uint32_t member)
{
    bits[member >> 6] |= (uint64_t)1 << (member & 63);
}

static inline uint32_t count_bits(uint64_t word)
{
    word -= (word >> 1) & 0x5555555555555555u;
    word = (word & 0x3333333333333333u) + ((word >> 2) & 0x3333333333333333u);
    word = (word + (word >> 4)) & 0x0F0F0F0F0F0F0F0Fu;
    return (uint32_t)((word * 0x0101010101010101u) >> 56);
}
