#include "algorithms/recurring.h"

#include <string.h>

void recurring_mark(const Rows *before, const Rows *after, const int64_t *matched, uint8_t *marks)
{
    memset(marks, NEW, after->edges);
    for (uint32_t node = 0; node < after->nodes; node++) {
        if (matched[node] < 0) {
            continue;
        }
        int64_t then = before->first[matched[node]], end = before->first[matched[node] + 1];
        for (int64_t edge = after->first[node]; edge < after->first[node + 1]; edge++, then++) {
            int64_t target = matched[after->targets[edge]];
            if (target < 0 || is_weak(after, (size_t)edge)) {
                continue;
            }
            bool same = then < end && before->targets[then] == target && !is_weak(before, (size_t)then);
            marks[edge] = same ? IN_PLACE : ELSEWHERE;
        }
    }
}
