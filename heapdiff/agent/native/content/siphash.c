/* https://www.aumasson.jp/siphash/siphash.pdf, with one round for each word and three at the end. */
#include "content/siphash.h"

#include <endian.h>
#include <string.h>

typedef struct {
    uint64_t a, b, c, d;
} State;

static inline uint64_t rotate(uint64_t word, unsigned bits)
{
    return word << bits | word >> (64 - bits);
}

static inline void mix(State *state)
{
    state->a += state->b;
    state->c += state->d;
    state->b = rotate(state->b, 13) ^ state->a;
    state->d = rotate(state->d, 16) ^ state->c;
    state->a = rotate(state->a, 32);
    state->c += state->b;
    state->a += state->d;
    state->b = rotate(state->b, 17) ^ state->c;
    state->d = rotate(state->d, 21) ^ state->a;
    state->c = rotate(state->c, 32);
}

static inline void take(State *state, uint64_t word)
{
    state->d ^= word;
    mix(state);
    state->a ^= word;
}

uint64_t siphash(const SipKey *key, uint64_t head, const void *bytes, size_t count)
{
    State state = {key->low ^ 0x736f6d6570736575u, key->high ^ 0x646f72616e646f6du, key->low ^ 0x6c7967656e657261u,
                   key->high ^ 0x7465646279746573u};
    const unsigned char *at = bytes, *end = at + (count & ~(size_t)7);
    uint64_t word, last = (uint64_t)(sizeof head + count) << 56;
    take(&state, head);
    for (; at < end; at += sizeof word) {
        memcpy(&word, at, sizeof word);
        take(&state, le64toh(word));
    }
    for (size_t i = 0; i < (count & 7); i++) {
        last |= (uint64_t)at[i] << (8 * i);
    }
    take(&state, last);
    state.c ^= 0xFF;
    mix(&state);
    mix(&state);
    mix(&state);
    return state.a ^ state.b ^ state.c ^ state.d;
}
