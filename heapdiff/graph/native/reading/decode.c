#include "reading/decode.h"

#include "arrays/labels.h"
#include "reading/reader.h"

typedef enum { SCAN, DESCRIBE, FILL } Pass;

enum { GROUP_KINDS = GROUP_STACK + 1 };

static const uint8_t ENTRY_BYTES[GROUP_KINDS] = {
    [GROUP_ELEMENTS] = 1, [GROUP_ITEMS] = 2,  [GROUP_INT_ITEMS] = 3, [GROUP_LAYOUT] = 1,   [GROUP_NAMED] = 3,
    [GROUP_UNNAMED] = 1,  [GROUP_WEAK] = 1,   [GROUP_MEMBERS] = 1,   [GROUP_DECLARES] = 1, [GROUP_STACK] = 1,
};

/* Of an entry that has nothing but targets. */
static const uint8_t ENTRY_TARGETS[GROUP_KINDS] = {
    [GROUP_ELEMENTS] = 1, [GROUP_ITEMS] = 2,   [GROUP_LAYOUT] = 1, [GROUP_UNNAMED] = 1,
    [GROUP_WEAK] = 1,     [GROUP_MEMBERS] = 1, [GROUP_STACK] = 1,
};

static const uint8_t PLAIN_LABEL[GROUP_KINDS] = {
    [GROUP_UNNAMED] = EDGE_UNNAMED, [GROUP_WEAK] = EDGE_WEAK, [GROUP_MEMBERS] = EDGE_MEMBER, [GROUP_STACK] = EDGE_STACK,
};

#define LOST MISSING_TYPE /* a target without a record: its reference is dropped when all are there */

/* What is being decoded: `node` owns the references. `at` is the number of its references so far while describing, the place
 * of the next one while filling; `last` is the target before, while filling. */
typedef struct {
    Decode *decode;
    Reader reader;
    uint64_t last;
    int64_t at;
    uint32_t node;
} Place;

#define ALWAYS_INLINE static inline __attribute__((always_inline))

ALWAYS_INLINE void put_reference(Place *place, Pass pass, uint32_t target, uint32_t label)
{
    Decode *decode = place->decode;
    if (pass == FILL) {
        if ((uint64_t)place->at >= decode->references.room) {
            reader_fail(&place->reader, "the file changed while it was read");
            return;
        }
        decode->references.targets[place->at] = target;
        decode->references.labels[place->at] = label;
        decode->lost += target == LOST;
    }
    place->at += pass != SCAN;
}

/* Decode one target: its node, NO_NODE when it is absent, LOST when it has no record. Nodes are known while filling. */
ALWAYS_INLINE uint32_t read_target(Place *place, Pass pass)
{
    uint64_t number = read_varint(&place->reader);
    if (number == 0) {
        return NO_NODE;
    }
    if (pass != FILL) {
        return LOST;
    }
    uint64_t address = read_delta(&place->reader, place->last, number - 1);
    if (address == 0) {
        return NO_NODE;
    }
    place->last = address;
    uint32_t node = index_find(&place->decode->index, address);
    return node == NO_NODE ? LOST : node;
}

ALWAYS_INLINE void read_reference(Place *place, Pass pass, uint32_t label)
{
    uint32_t node = read_target(place, pass);
    if (node != NO_NODE) {
        put_reference(place, pass, node, label);
    }
}

static uint32_t take_int_key(Place *place, Pass pass, int64_t number)
{
    Decode *decode = place->decode;
    if (pass != FILL) {
        return 0;
    }
    if (decode->int_used >= decode->references.int_room) {
        reader_fail(&place->reader, "the file changed while it was read");
        return 0;
    }
    uint64_t at = decode->int_used++;
    decode->references.int_keys[at] = number;
    return at <= LABEL_PAYLOAD ? label_of(EDGE_INT_VALUE, (uint32_t)at) : label_of(EDGE_VALUE, 0);
}

/* Count the targets that are not absent: only filling needs to know more of them. */
ALWAYS_INLINE void count_targets(Place *place, uint64_t count)
{
    place->at += (int64_t)skip_varints(&place->reader, &count);
    for (; count > 0 && place->reader.error == NULL; count--) {
        place->at += read_varint(&place->reader) != 0;
    }
}

/* A key and its value stand together; one without the other is a reference like any, and takes the first place. */
ALWAYS_INLINE void read_item(Place *place, Pass pass, bool by_number)
{
    int64_t number = by_number ? unzigzag(read_varint(&place->reader)) : 0;
    uint32_t key = read_target(place, pass), value = read_target(place, pass);
    if (key < LOST && value < LOST) {
        uint32_t label = by_number ? take_int_key(place, pass, number) : label_of(EDGE_VALUE, 0);
        put_reference(place, pass, key, label_of(EDGE_KEY, 0));
        put_reference(place, pass, value, label);
        return;
    }
    if (key != NO_NODE) {
        put_reference(place, pass, key, label_of(EDGE_UNNAMED, 0));
    }
    if (value != NO_NODE) {
        put_reference(place, pass, value, label_of(EDGE_UNNAMED, 0));
    }
}

ALWAYS_INLINE void read_named(Place *place, Pass pass)
{
    uint64_t kind = read_varint(&place->reader), name = read_varint(&place->reader);
    if (!kind_stands_alone(kind)) {
        reader_fail(&place->reader, "a label of an unknown kind");
        return;
    }
    if (pass != SCAN && name >= place->decode->tables.names) {
        reader_fail(&place->reader, "a name that is not in the table of names");
        return;
    }
    read_reference(place, pass, label_of((uint32_t)kind, kind_has_name(kind) ? (uint32_t)name : 0));
}

static bool has_layout(const Tables *tables, uint64_t layout, uint64_t count)
{
    return layout < tables->layouts && count == tables->layout_first[layout + 1] - tables->layout_first[layout];
}

static void read_declaration(Place *place, Pass pass)
{
    Decode *decode = place->decode;
    uint64_t layout = read_varint(&place->reader);
    uint64_t positional = read_varint(&place->reader), keyword_only = read_varint(&place->reader);
    decode->declarations += pass == SCAN;
    if (pass != DESCRIBE) {
        return;
    }
    if (layout >= decode->tables.layouts || decode->declared_used >= decode->columns.declared_room) {
        reader_fail(&place->reader, "a layout that is not in the table of layouts");
        return;
    }
    uint32_t *out = decode->columns.declared + 4 * decode->declared_used++;
    out[0] = place->node;
    out[1] = (uint32_t)layout;
    out[2] = clip(positional);
    out[3] = clip(keyword_only);
}

ALWAYS_INLINE void read_group(Place *place, Pass pass)
{
    const Tables *tables = &place->decode->tables;
    uint64_t head = read_varint(&place->reader), count = head >> 4;
    unsigned kind = head & 0xF;
    if (kind == 0 || kind >= GROUP_KINDS) {
        reader_fail(&place->reader, "a group of an unknown kind");
        return;
    }
    if (count > reader_left(&place->reader) / ENTRY_BYTES[kind] || (kind == GROUP_DECLARES && count != 0)) {
        reader_fail(&place->reader, "a group reaches past the end of its section");
        return;
    }
    uint64_t header = kind == GROUP_ELEMENTS || kind == GROUP_LAYOUT ? read_varint(&place->reader) : 0;
    if (kind == GROUP_LAYOUT && pass != SCAN && !has_layout(tables, header, count)) {
        reader_fail(&place->reader, "a layout that is not in the table of layouts, or has another length there");
        return;
    }
    if (pass != FILL && ENTRY_TARGETS[kind] > 0) {
        count_targets(place, count * ENTRY_TARGETS[kind]);
        return;
    }
    switch (kind) {
    case GROUP_ELEMENTS:
        for (uint64_t i = 0; i < count; i++) {
            uint64_t index = header <= LABEL_PAYLOAD ? header + i : LABEL_PAYLOAD;
            read_reference(place, pass, label_of(EDGE_ELEMENT, index < LABEL_PAYLOAD ? (uint32_t)index : LABEL_PAYLOAD));
        }
        break;
    case GROUP_ITEMS:
        for (uint64_t i = 0; i < count; i++) {
            read_item(place, pass, false);
        }
        break;
    case GROUP_INT_ITEMS:
        place->decode->int_items += pass == SCAN ? count : 0;
        for (uint64_t i = 0; i < count; i++) {
            read_item(place, pass, true);
        }
        break;
    case GROUP_LAYOUT:
        for (uint64_t i = 0; i < count; i++) {
            read_reference(place, pass, tables->layout_labels[tables->layout_first[header] + i]);
        }
        break;
    case GROUP_NAMED:
        for (uint64_t i = 0; i < count; i++) {
            read_named(place, pass);
        }
        break;
    case GROUP_DECLARES:
        read_declaration(place, pass);
        break;
    default:
        for (uint64_t i = 0; i < count; i++) {
            read_reference(place, pass, label_of(PLAIN_LABEL[kind], 0));
        }
    }
}

static void scan_address(Place *place, uint64_t address, bool continued)
{
    Index *index = &place->decode->index;
    Added added = continued ? ADDED : index_add(index, address);
    if (added == OUT_OF_MEMORY) {
        reader_fail(&place->reader, "there is not enough memory for it");
    } else if (added == TAKEN) {
        reader_fail(&place->reader, "two objects at the same address");
    } else if (added == TOO_SPARSE) {
        reader_fail(&place->reader, "its objects are too far apart for a file of this size");
    } else if (continued && index_find(index, address) == NO_NODE) {
        reader_fail(&place->reader, "a continued record for an object without a record");
    }
}

static void note_hashed(Place *place)
{
    Decode *decode = place->decode;
    if (decode->hashed_used >= decode->columns.hashed_room) {
        reader_fail(&place->reader, "more objects with a hash than hashes");
        return;
    }
    decode->columns.hashed[decode->hashed_used++] = place->node;
}

/* The type, size and reference count of a record that is not a continuation. */
ALWAYS_INLINE void read_facts(Place *place, Pass pass, uint8_t tag)
{
    Decode *decode = place->decode;
    const Tables *tables = &decode->tables;
    uint64_t type = read_varint(&place->reader);
    uint64_t size = tag & TAG_SIZE ? read_varint(&place->reader) : 0;
    uint64_t refcount = tag & TAG_REFCOUNT ? read_varint(&place->reader) : 1;
    if (size >= MAX_OBJECT_BYTES) {
        reader_fail(&place->reader, "an object larger than any process");
    }
    if (pass == SCAN || place->reader.error != NULL) {
        return;
    }
    if (type >= tables->types) {
        reader_fail(&place->reader, "an object of a type that is not in the table of types");
        return;
    }
    uint32_t type_node = tables->type_nodes[type];
    if (pass == DESCRIBE) {
        int64_t bytes = tag & TAG_SIZE ? (int64_t)size : tables->base_sizes[type];
        if (!columns_put(&decode->columns, place->node, (uint32_t)type, bytes, refcount)) {
            reader_fail(&place->reader, "there is not enough memory for it");
            return;
        }
        decode->dropped += type_node == MISSING_TYPE;
        if (tables->hashed[type]) {
            note_hashed(place);
        }
    }
    if (type_node < MISSING_TYPE) {
        put_reference(place, pass, type_node, label_of(EDGE_TYPE, 0));
    }
}

static void read_own_name(Place *place, Pass pass)
{
    Decode *decode = place->decode;
    uint64_t name = read_varint(&place->reader);
    decode->objects_named += pass == SCAN;
    if (pass != DESCRIBE) {
        return;
    }
    if (name >= decode->tables.names || decode->named_used >= decode->columns.named_room) {
        reader_fail(&place->reader, "a name that is not in the table of names");
        return;
    }
    uint32_t *out = decode->columns.named + 2 * decode->named_used++;
    out[0] = place->node;
    out[1] = (uint32_t)name;
}

ALWAYS_INLINE void read_record(Place *place, Pass pass, uint64_t address, uint8_t tag)
{
    Reader *reader = &place->reader;
    if (pass == SCAN) {
        scan_address(place, address, tag & TAG_CONTINUED);
    } else {
        place->node = index_find(&place->decode->index, address);
        if (place->node == NO_NODE) {
            reader_fail(reader, "the file changed while it was read");
        }
    }
    if (reader->error != NULL) {
        return;
    }
    int32_t *first = pass == SCAN ? NULL : place->decode->columns.first + place->node;
    place->last = address;
    place->at = pass == FILL ? first[1] : 0;
    if (!(tag & TAG_CONTINUED)) {
        read_facts(place, pass, tag);
    } else if (tag & (TAG_SIZE | TAG_REFCOUNT)) {
        reader_fail(reader, "a continued record with a size or a reference count");
    }
    if (tag & TAG_NAMED) {
        read_own_name(place, pass);
    }
    uint64_t groups = tag >> TAG_GROUPS_SHIFT & 3;
    groups = groups == 3 ? read_varint(reader) : groups;
    if (groups > reader_left(reader)) {
        reader_fail(reader, "a record reaches past the end of its section");
    }
    for (uint64_t i = 0; i < groups && reader->error == NULL; i++) {
        read_group(place, pass);
    }
    if (pass == DESCRIBE) {
        if (place->at > INT32_MAX - first[2]) {
            reader_fail(reader, "too many references");
            return;
        }
        first[2] += (int32_t)place->at;
    } else if (pass == FILL) {
        place->decode->filled += (uint64_t)(place->at - first[1]);
        first[1] = (int32_t)place->at;
    }
}

ALWAYS_INLINE const char *decode_section(Decode *decode, Pass pass, const uint8_t *payload, size_t bytes)
{
    Place place = {.decode = decode, .reader = {payload, payload + bytes, NULL}, .node = NO_NODE};
    uint64_t address = 0;
    while (place.reader.at < place.reader.end) {
        uint8_t tag = read_byte(&place.reader);
        if (tag & ~TAG_KNOWN) {
            reader_fail(&place.reader, "a record with an unknown tag");
            break;
        }
        address = read_delta(&place.reader, address, read_varint(&place.reader));
        if (place.reader.error != NULL) {
            break;
        }
        read_record(&place, pass, address, tag);
        decode->objects += pass == SCAN && place.reader.error == NULL && !(tag & TAG_CONTINUED);
    }
    return place.reader.error;
}

uint64_t decode_compact(Decode *decode)
{
    uint32_t *targets = decode->references.targets, *labels = decode->references.labels;
    uint64_t at = 0, kept = 0;
    if (decode->lost == 0) {
        return decode->filled;
    }
    for (size_t node = 0; node < decode->index.nodes; node++) {
        for (uint64_t end = (uint64_t)decode->columns.first[node + 1]; at < end; at++) {
            targets[kept] = targets[at];
            labels[kept] = labels[at];
            kept += targets[at] != LOST;
        }
        decode->columns.first[node + 1] = (int32_t)kept;
    }
    decode->dropped += decode->lost;
    decode->lost = 0;
    return kept;
}

const char *decode_scan(Decode *decode, const uint8_t *payload, size_t bytes)
{
    index_allow(&decode->index, bytes);
    return decode_section(decode, SCAN, payload, bytes);
}

const char *decode_describe(Decode *decode, const uint8_t *payload, size_t bytes)
{
    return decode_section(decode, DESCRIBE, payload, bytes);
}

const char *decode_fill(Decode *decode, const uint8_t *payload, size_t bytes)
{
    return decode_section(decode, FILL, payload, bytes);
}
