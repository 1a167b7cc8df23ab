/* JSON, as text in one growing mapping. No stdio, no malloc. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { NUMBER_MOST = 20 };

/* A number's digits, without a null; returns how many. */
size_t format_number(char out[NUMBER_MOST], uint64_t number);

typedef struct {
    char *text;
    size_t used, capacity;
    bool failed;
} Text;

bool text_init(Text *text, size_t capacity);
void text_add(Text *text, const char *literal);
void text_add_bytes(Text *text, const char *bytes, size_t count);
void text_add_number(Text *text, uint64_t number);
/* Thousandths: 20345 becomes 20.345. */
void text_add_milli(Text *text, uint64_t thousandths);
/* A JSON string; the input is UTF-8, invalid bytes become U+FFFD; NULL becomes null. */
void text_add_json(Text *text, const char *utf8, size_t count);
void text_add_json_z(Text *text, const char *utf8);
/* Members of an object: a comma before all but its first, the name, the value. */
void text_add_name(Text *text, const char *name);
void text_add_count(Text *text, const char *name, uint64_t number);
void text_add_string(Text *text, const char *name, const char *utf8);
