/* Small texts of /proc and /sys: read whole, numbers taken out. No malloc, no stdio. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Up to `room` - 1 bytes and a null; false when it cannot be read or is empty. */
bool read_file(const char *path, char *text, size_t room);
/* After blanks; stops at the first character that is no digit. */
uint64_t parse_number(const char *text);
/* What follows `name` at the beginning of a line; NULL when no line begins so. */
const char *find_line(const char *text, const char *name);
/* The kilobytes of a line such as "Rss:   123 kB", in bytes; 0 when there is no such line. */
uint64_t line_bytes(const char *text, const char *name);
