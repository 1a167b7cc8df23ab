#include "algorithms/alike.h"

#include <stdlib.h>

enum { DEPTH = 2, FIRST_ROOM = 1 << 6 };

/* What a kind of reference and a name leave free: above all labels. */
static const int64_t FROM_ELSEWHERE = (int64_t)15 << LABEL_SHIFT, ALONE = (int64_t)16 << LABEL_SHIFT;

static AlikeResult add_row(const Dominated *tree, uint32_t member, const uint8_t *is_space, Found *found, Found *spaces)
{
    if (member >= tree->count) {
        return ALIKE_FOREIGN;
    }
    int32_t begin = tree->first[member], end = tree->first[member + 1];
    if (begin < 0 || begin > end || (size_t)end > tree->dominated) {
        return ALIKE_FOREIGN;
    }
    for (int32_t at = begin; at < end; at++) {
        uint32_t node = tree->nodes[at];
        if (node >= tree->count) {
            return ALIKE_FOREIGN;
        }
        if (!found_add(spaces != NULL && is_space[node] ? spaces : found, node)) {
            return ALIKE_NO_MEMORY;
        }
    }
    return ALIKE_DONE;
}

AlikeResult alike_below(
    const Dominated *tree, const uint8_t *is_space, const uint32_t *members, size_t count, Found *found)
{
    Found spaces[DEPTH] = {{0}};
    AlikeResult result = ALIKE_DONE;
    for (int depth = 0; result == ALIKE_DONE && depth <= DEPTH; depth++) {
        const uint32_t *above = depth == 0 ? members : spaces[depth - 1].items;
        size_t many = depth == 0 ? count : spaces[depth - 1].count;
        for (size_t i = 0; result == ALIKE_DONE && i < many; i++) {
            result = add_row(tree, above[i], is_space, found, depth < DEPTH ? &spaces[depth] : NULL);
        }
    }
    for (int depth = 0; depth < DEPTH; depth++) {
        free(spaces[depth].items);
    }
    return result;
}

static bool is_foreign(const Reached *reached, uint32_t node)
{
    return node >= reached->nodes || reached->parent[node] < -1 || reached->parent[node] >= (int32_t)reached->nodes
        || reached->via[node] < -1 || (int64_t)reached->via[node] >= (int64_t)reached->edges;
}

static int64_t look_of(const Reached *reached, uint32_t node, bool nested)
{
    int32_t owner = reached->parent[node], edge = reached->via[node];
    uint32_t label = edge < 0 ? 0 : reached->labels[edge];
    bool in_space = owner >= 0 && reached->is_space[owner];
    if (nested && !in_space && (owner < 0 || (uint32_t)owner != reached->idom[node])) {
        return FROM_ELSEWHERE;
    }
    if (in_space && kind_of(label) == EDGE_VALUE) {
        return ALONE + node;
    }
    return kind_has_name(kind_of(label)) ? label : label & ~(uint32_t)LABEL_PAYLOAD;
}

/* A table of the groups by type and look: a power of two of slots, at most half of them taken. */
typedef struct {
    uint32_t *slots; /* the number of a group and 1; 0: free */
    size_t mask;
} Table;

static uint32_t *slot_of(const Table *table, const Groups *groups, int64_t type, int64_t look)
{
    uint64_t mixed = ((uint64_t)look * 0x9E3779B97F4A7C15u) ^ ((uint64_t)type * 0xC2B2AE3D27D4EB4Fu);
    size_t at = (size_t)(mixed >> 29) & table->mask;
    while (table->slots[at] != 0) {
        const Alike *group = &groups->items[table->slots[at] - 1];
        if (group->type == type && group->look == look) {
            break;
        }
        at = (at + 1) & table->mask;
    }
    return &table->slots[at];
}

static bool make_room(Table *table, Groups *groups)
{
    size_t room = groups->room == 0 ? FIRST_ROOM : groups->room * 2;
    Alike *items = realloc(groups->items, room * sizeof *items);
    if (items == NULL) {
        return false;
    }
    groups->items = items;
    groups->room = room;
    free(table->slots);
    table->slots = calloc(room * 2, sizeof *table->slots);
    table->mask = room * 2 - 1;
    for (size_t i = 0; table->slots != NULL && i < groups->count; i++) {
        *slot_of(table, groups, items[i].type, items[i].look) = (uint32_t)i + 1;
    }
    return table->slots != NULL;
}

/* The number of the group that the node is added to. Needs room for one more. */
static uint32_t add_node(const Table *table, Groups *groups, const Reached *reached, uint32_t node, bool nested)
{
    int64_t type = column_at(&reached->types, node), look = look_of(reached, node, nested);
    int64_t retained = column_at(&reached->retained, node);
    uint32_t *slot = slot_of(table, groups, type, look);
    if (*slot == 0) {
        groups->items[groups->count++] = (Alike){.type = type, .look = look, .heaviest = node, .most = retained};
        *slot = (uint32_t)groups->count;
    }
    Alike *group = &groups->items[*slot - 1];
    group->count++;
    group->retained = add_sizes(group->retained, retained);
    group->bytes = add_sizes(group->bytes, column_at(&reached->sizes, node));
    if (retained > group->most) {
        group->most = retained;
        group->heaviest = node;
    }
    return *slot - 1;
}

static AlikeResult number_nodes(
    const Reached *reached, const uint32_t *nodes, size_t count, bool nested, Groups *groups, uint32_t *numbers)
{
    Table table = {0};
    AlikeResult result = ALIKE_DONE;
    for (size_t i = 0; result == ALIKE_DONE && i < count; i++) {
        if (is_foreign(reached, nodes[i])) {
            result = ALIKE_FOREIGN;
        } else if ((table.slots == NULL || groups->count == groups->room) && !make_room(&table, groups)) {
            result = ALIKE_NO_MEMORY;
        } else {
            numbers[i] = add_node(&table, groups, reached, nodes[i], nested);
        }
    }
    free(table.slots);
    return result;
}

static bool sort_by_group(
    const Groups *groups, const uint32_t *nodes, const uint32_t *numbers, size_t count, uint32_t *grouped)
{
    size_t place = 0, *places = malloc((groups->count + 1) * sizeof *places);
    if (places == NULL) {
        return false;
    }
    for (size_t i = 0; i < groups->count; i++) {
        places[i] = place;
        place += (size_t)groups->items[i].count;
    }
    for (size_t i = 0; i < count; i++) {
        grouped[places[numbers[i]]++] = nodes[i];
    }
    free(places);
    return true;
}

AlikeResult alike_group(
    const Reached *reached, const uint32_t *nodes, size_t count, bool nested, Groups *groups, uint32_t *grouped)
{
    uint32_t *numbers = malloc((count + 1) * sizeof *numbers);
    AlikeResult result = numbers == NULL ? ALIKE_NO_MEMORY : number_nodes(reached, nodes, count, nested, groups, numbers);
    if (result == ALIKE_DONE && !sort_by_group(groups, nodes, numbers, count, grouped)) {
        result = ALIKE_NO_MEMORY;
    }
    free(numbers);
    return result;
}
