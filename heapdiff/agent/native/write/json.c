#define _GNU_SOURCE
#include "write/json.h"

#include <string.h>
#include <sys/mman.h>

#include "platform/memory.h"

bool text_init(Text *text, size_t capacity)
{
    text->text = memory_map(capacity);
    text->used = 0;
    text->capacity = capacity;
    text->failed = text->text == NULL;
    return !text->failed;
}

void text_add_bytes(Text *text, const char *bytes, size_t count)
{
    while (!text->failed && text->used + count > text->capacity) {
        void *moved = mremap(text->text, text->capacity, text->capacity * 2, MREMAP_MAYMOVE);
        text->failed = moved == MAP_FAILED;
        if (!text->failed) {
            text->text = moved;
            text->capacity *= 2;
        }
    }
    if (!text->failed) {
        memcpy(text->text + text->used, bytes, count);
        text->used += count;
    }
}

void text_add(Text *text, const char *literal)
{
    text_add_bytes(text, literal, strlen(literal));
}

size_t format_number(char out[NUMBER_MOST], uint64_t number)
{
    size_t bytes = 1;
    for (uint64_t rest = number; rest >= 10; rest /= 10) {
        bytes++;
    }
    for (size_t at = bytes; at > 0; number /= 10) {
        out[--at] = (char)('0' + number % 10);
    }
    return bytes;
}

void text_add_number(Text *text, uint64_t number)
{
    char digits[NUMBER_MOST];
    text_add_bytes(text, digits, format_number(digits, number));
}

void text_add_milli(Text *text, uint64_t thousandths)
{
    char fraction[4] = {'.', (char)('0' + thousandths / 100 % 10), (char)('0' + thousandths / 10 % 10),
                        (char)('0' + thousandths % 10)};
    text_add_number(text, thousandths / 1000);
    text_add_bytes(text, fraction, 4);
}

/* Length of the valid UTF-8 sequence at `at`, 0 when it is invalid. */
static size_t utf8_sequence(const unsigned char *at, size_t left)
{
    static const uint32_t least[5] = {0, 0, 0x80, 0x800, 0x10000};
    size_t length = at[0] < 0x80 ? 1 : at[0] >> 5 == 6 ? 2 : at[0] >> 4 == 14 ? 3 : at[0] >> 3 == 30 ? 4 : 0;
    if (length == 0 || length > left) {
        return 0;
    }
    if (length == 1) {
        return 1;
    }
    uint32_t point = at[0] & (0xFFu >> (length + 1));
    for (size_t i = 1; i < length; i++) {
        if (at[i] >> 6 != 2) {
            return 0;
        }
        point = point << 6 | (at[i] & 0x3F);
    }
    return point < least[length] || point > 0x10FFFF || (point >= 0xD800 && point < 0xE000) ? 0 : length;
}

void text_add_json(Text *text, const char *utf8, size_t count)
{
    static const char hex[] = "0123456789abcdef";
    if (utf8 == NULL) {
        text_add(text, "null");
        return;
    }
    text_add(text, "\"");
    for (size_t i = 0; i < count;) {
        unsigned char byte = (unsigned char)utf8[i];
        size_t length = utf8_sequence((const unsigned char *)utf8 + i, count - i);
        if (length == 0) {
            text_add(text, "\\ufffd");
            i++;
        } else if (byte == '"' || byte == '\\') {
            char escaped[2] = {'\\', (char)byte};
            text_add_bytes(text, escaped, 2);
            i++;
        } else if (byte < 0x20 || byte == 0x7F) {
            char escaped[6] = {'\\', 'u', '0', '0', hex[byte >> 4], hex[byte & 15]};
            text_add_bytes(text, escaped, 6);
            i++;
        } else {
            text_add_bytes(text, utf8 + i, length);
            i += length;
        }
    }
    text_add(text, "\"");
}

void text_add_json_z(Text *text, const char *utf8)
{
    text_add_json(text, utf8, utf8 == NULL ? 0 : strlen(utf8));
}

void text_add_name(Text *text, const char *name)
{
    text_add(text, text->used > 0 && text->text[text->used - 1] == '{' ? "\"" : ", \"");
    text_add(text, name);
    text_add(text, "\": ");
}

void text_add_count(Text *text, const char *name, uint64_t number)
{
    text_add_name(text, name);
    text_add_number(text, number);
}

void text_add_string(Text *text, const char *name, const char *utf8)
{
    text_add_name(text, name);
    text_add_json_z(text, utf8);
}
