#include "arrays/found.h"

#include <stdlib.h>

enum { FIRST_ROOM = 1 << 10 };

bool found_grow(Found *found)
{
    size_t room = found->room == 0 ? FIRST_ROOM : found->room * 2;
    uint32_t *items = realloc(found->items, room * sizeof *items);
    if (items == NULL) {
        return false;
    }
    found->items = items;
    found->room = room;
    return true;
}
