/* The object records of one section, decoded in three passes over the file: find the objects, describe them and count
 * their references, fill the references in. Ids are checked against tables; nothing is believed. */
#pragma once

#include "reading/columns.h"
#include "reading/index.h"

#define MISSING_TYPE (NO_NODE - 1) /* instances refer to their type, and the type has no record */
#define MAX_OBJECT_BYTES ((uint64_t)1 << 48)

typedef struct {
    const int64_t *base_sizes;
    const uint32_t *type_nodes; /* NO_NODE: instances do not refer to it; MISSING_TYPE */
    const uint8_t *hashed;      /* 1: instances have an entry among the hashes */
    uint64_t types;
    const uint32_t *layout_first; /* layout i has labels [first[i], first[i + 1]) */
    const uint32_t *layout_labels;
    uint64_t layouts; /* including the empty layout 0 */
    uint64_t names;   /* including the empty name 0 */
} Tables;

typedef struct {
    uint32_t *targets, *labels;
    int64_t *int_keys;
    uint64_t room, int_room;
} References;

typedef struct {
    Index index;
    Tables tables;
    Columns columns;
    References references;
    /* found while scanning */
    uint64_t objects, objects_named, declarations, int_items;
    /* used up by later passes */
    uint64_t named_used, declared_used, hashed_used, int_used, filled, lost, dropped;
} Decode;

/* Each returns NULL, or what is wrong with the payload. */
const char *decode_scan(Decode *decode, const uint8_t *payload, size_t bytes);
const char *decode_describe(Decode *decode, const uint8_t *payload, size_t bytes);
const char *decode_fill(Decode *decode, const uint8_t *payload, size_t bytes);

/* When all is filled: leave out references to what has no record. Returns how many stay. */
uint64_t decode_compact(Decode *decode);
