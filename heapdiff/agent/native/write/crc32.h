/* CRC-32 as zlib computes it. */
#pragma once

#include <stddef.h>
#include <stdint.h>

/* Fill the tables; once, before any fork. */
void crc32_prepare(void);
uint32_t crc32_update(uint32_t crc, const void *bytes, size_t count);
/* crc(A + B) is crc32_shift(crc(A), length of B) ^ crc(B): as M. Adler's crc32_combine(), for the price of a few bytes. */
uint32_t crc32_shift(uint32_t crc, size_t count);
