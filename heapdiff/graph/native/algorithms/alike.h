/* What objects dominate, and which of these are alike. Checks each number as it follows it, for few of all are asked for. */
#pragma once

#include "arrays/column.h"
#include "arrays/found.h"
#include "arrays/labels.h"

typedef enum { ALIKE_DONE, ALIKE_FOREIGN, ALIKE_NO_MEMORY } AlikeResult; /* FOREIGN: a number that is no place in its array */

/* Each node dominates nodes[first[i] .. first[i + 1]) directly. */
typedef struct {
    const int32_t *first;
    const uint32_t *nodes;
    size_t count, dominated;
} Dominated;

/* Adds what each of the members dominates directly; in place of a namespace what it does, to a depth of two. */
AlikeResult alike_below(
    const Dominated *tree, const uint8_t *is_space, const uint32_t *members, size_t count, Found *found);

/* How each node is reached: by the reference `via` of `parent`, or -1. */
typedef struct {
    const int32_t *parent, *via;
    const uint32_t *labels, *idom;
    const uint8_t *is_space;
    Column types, retained, sizes;
    uint32_t nodes;
    size_t edges;
} Reached;

/* Some nodes of one type, referred to in the same way. */
typedef struct {
    int64_t type, look, count, retained, bytes, heaviest, most; /* `most`: what the heaviest retains, the first of several */
} Alike;

typedef struct {
    Alike *items;
    size_t count, room;
} Groups;

/* Groups the nodes, and copies them to `grouped`, group by group as these were met. With `nested`, one that neither its
 * dominator nor a namespace refers to is referred to from elsewhere. */
AlikeResult alike_group(
    const Reached *reached, const uint32_t *nodes, size_t count, bool nested, Groups *groups, uint32_t *grouped);
