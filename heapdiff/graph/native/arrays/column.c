#include "arrays/column.h"

int64_t column_wide(const Column *column, uint32_t node, uint32_t otherwise)
{
    size_t low = 0, high = column->wide.count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (column->wide.nodes[middle] < node) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low < column->wide.count && column->wide.nodes[low] == node ? column->wide.numbers[low] : otherwise;
}
