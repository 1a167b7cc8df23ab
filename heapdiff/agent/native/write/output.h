/* The .heap file as a stream of sections. Only write(2); no stdio, no malloc. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct {
    int fd;
    int error;         /* errno of the first failure; 0 */
    uint32_t crc;       /* of everything written so far but the checksums themselves */
    uint32_t whole_crc; /* of everything written so far */
    uint64_t written;
    uint64_t gone;      /* of it, on the disk and no longer in memory */
    bool scarce;        /* memory is: what is written must not stay there */
} HeapFile;

bool heap_file_begin(HeapFile *file, int fd, uint8_t flags);

/* One section being filled. The payload lives between room for its head and its checksum. */
typedef struct {
    HeapFile *file;
    char tag[4];
    uint8_t *base;     /* payload */
    size_t used, capacity;
    void (*on_flush)(void *);  /* told after each flush; may be NULL */
    void *context;
} Section;

bool section_init(Section *section, HeapFile *file, const char tag[4], size_t capacity);
bool section_flush(Section *section);

/* Make room for `bytes` more; flushes when the buffer is too full. False when the file failed or no section is so large. */
static inline bool section_reserve(Section *section, size_t bytes)
{
    return section->used + bytes <= section->capacity || (bytes <= section->capacity && section_flush(section));
}

static inline void put_byte(Section *section, uint8_t byte)
{
    section->base[section->used++] = byte;
}

static inline void put_varint(Section *section, uint64_t value)
{
    uint8_t *at = section->base + section->used;
    while (value >= 0x80) {
        *at++ = (uint8_t)(value | 0x80);
        value >>= 7;
    }
    *at++ = (uint8_t)value;
    section->used = (size_t)(at - section->base);
}

static inline uint64_t zigzag(int64_t value)
{
    return ((uint64_t)value << 1) ^ (value < 0 ? UINT64_MAX : 0);
}

void put_bytes(Section *section, const void *bytes, size_t count);
/* Least byte first. */
void put_little(uint8_t *at, uint64_t value, int bytes);

/* All of it, or false with errno. */
bool write_all(int fd, const void *bytes, size_t count);
