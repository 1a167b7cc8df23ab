#include "arrays/wide.h"

#include <stdlib.h>

enum { FIRST_ROOM = 1 << 6 };

bool wide_add(Wide *wide, uint32_t node, int64_t number)
{
    if (wide->count == wide->room) {
        size_t room = wide->room == 0 ? FIRST_ROOM : wide->room * 2;
        uint32_t *nodes = realloc(wide->nodes, room * sizeof *nodes);
        if (nodes == NULL) {
            return false;
        }
        wide->nodes = nodes;
        int64_t *numbers = realloc(wide->numbers, room * sizeof *numbers);
        if (numbers == NULL) {
            return false;
        }
        wide->numbers = numbers;
        wide->room = room;
    }
    wide->nodes[wide->count] = node;
    wide->numbers[wide->count++] = number;
    return true;
}

void wide_free(Wide *wide)
{
    free(wide->nodes);
    free(wide->numbers);
    *wide = (Wide){0};
}
