#include "capacity/malloc_use.h"

#include <stddef.h>

/* From glibc 2.33 on, and our wheels run from 2.28 on. */
typedef struct {
    size_t arena, ordblks, smblks, hblks, hblkhd, usmblks, fsmblks, uordblks, fordblks, keepcost;
} MallocInfo;
extern MallocInfo mallinfo2(void) __attribute__((weak));

bool malloc_use(MallocUse *use)
{
    *use = (MallocUse){0};
    if (mallinfo2 == NULL) {
        return false;
    }
    MallocInfo info = mallinfo2();
    *use = (MallocUse){info.uordblks, info.fordblks, info.hblkhd};
    return true;
}
