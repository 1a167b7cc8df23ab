/* Reads varints from the payload of one section and never past its end. The first error sticks. */
#pragma once

#include <endian.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

typedef struct {
    const uint8_t *at, *end;
    const char *error; /* NULL while all is well */
} Reader;

static inline void reader_fail(Reader *reader, const char *error)
{
    if (reader->error == NULL) {
        reader->error = error;
    }
    reader->at = reader->end; /* every loop over the payload ends */
}

static inline size_t reader_left(const Reader *reader)
{
    return (size_t)(reader->end - reader->at);
}

static inline uint8_t read_byte(Reader *reader)
{
    if (reader->at == reader->end) {
        reader_fail(reader, "a record reaches past the end of its section");
        return 0;
    }
    return *reader->at++;
}

static inline uint64_t read_long_varint(Reader *reader, uint64_t number)
{
    for (unsigned shift = 7; shift < 64; shift += 7) {
        uint8_t byte = read_byte(reader);
        if (shift == 63 && byte > 1) {
            reader_fail(reader, "a number has more than 64 bits");
            return 0;
        }
        number |= (uint64_t)(byte & 0x7F) << shift;
        if (byte < 0x80) {
            return number;
        }
    }
    return number;
}

static inline uint64_t read_varint(Reader *reader)
{
    uint8_t byte = read_byte(reader);
    return byte < 0x80 ? byte : read_long_varint(reader, byte & 0x7F);
}

#define HIGH_BITS 0x8080808080808080u

/* How many of eight bytes have their high bit, of which no other bit is set. */
static inline uint64_t count_high(uint64_t high)
{
    return (high >> 7) * 0x0101010101010101u >> 56;
}

/* Skip up to `*count` varints, eight bytes at a time, and take them off it. Returns how many of them were not 0. Stops early
 * near the end of the payload, and before a 0 that takes more bytes than one: the caller reads what is left. */
static inline uint64_t skip_varints(Reader *reader, uint64_t *count)
{
    uint64_t bytes, nonzero = 0;
    while (*count > 0 && reader_left(reader) >= sizeof bytes) {
        memcpy(&bytes, reader->at, sizeof bytes);
        bytes = le64toh(bytes);
        uint64_t last = ~bytes & HIGH_BITS; /* bytes that end a number */
        uint64_t zero = last & ~((bytes | HIGH_BITS) - (HIGH_BITS >> 7));
        uint64_t skipped = count_high(last), end = last;
        if (skipped > *count) {
            skipped = *count;
            for (uint64_t i = 1; i < skipped; i++) {
                end &= end - 1;
            }
            end &= -end;
        }
        if (skipped == 0) {
            break;
        }
        size_t length = (size_t)(63 - __builtin_clzll(end)) / 8 + 1;
        zero &= UINT64_MAX >> (64 - 8 * length);
        if (zero & ~(last << 8 | 0x80)) {
            break;
        }
        nonzero += skipped - count_high(zero);
        *count -= skipped;
        reader->at += length;
    }
    return nonzero;
}

static inline int64_t unzigzag(uint64_t number)
{
    return (int64_t)(number >> 1) ^ -(int64_t)(number & 1);
}

/* The address that lies `delta` units of 8 bytes after `from`; 0 and an error when no process has it. */
static inline uint64_t read_delta(Reader *reader, uint64_t from, uint64_t zigzag)
{
    const int64_t limit = (int64_t)1 << 54;
    int64_t delta = unzigzag(zigzag), units = (int64_t)(from >> 3);
    if (delta <= -limit || delta >= limit || units + delta <= 0 || units + delta >= limit) {
        reader_fail(reader, "an address that no process has");
        return 0;
    }
    return (uint64_t)(units + delta) << 3;
}
