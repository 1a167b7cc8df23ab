/* Reads varints from the payload of one section and never past its end. The first error sticks. */
#ifndef HEAPDIFF_READER_H
#define HEAPDIFF_READER_H

#include <stddef.h>
#include <stdint.h>

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

#endif
