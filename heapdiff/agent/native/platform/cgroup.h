/* How much memory the process may still take: what its control groups (version 1 and 2) and the machine leave. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/* One level of control groups, or the machine. `limit` 0: none set. */
typedef struct {
    uint64_t current, limit, reclaimable;   /* bytes; reclaimable: what the kernel takes back before it kills */
    bool known;
} MemoryLevel;

/* The group that the process is in itself. */
MemoryLevel cgroup_own(void);
/* The tightest limit over the process: its groups' up to the root, else the machine's memory. 0: not known. */
uint64_t memory_limit(void);
/* What is left below every limit; false when nothing is known. `where` names the tightest, static text. */
bool memory_left(uint64_t *bytes, const char **where);
/* Whether more is left than a worker uses up while a child ends. */
bool memory_is_plenty(void);
/* Why the kernel may kill this process, not only a child, when memory ends, as the end of a sentence; NULL: it takes the child.
   It kills a whole group where that is set (version 2), and the larger of two where a child can't raise its score. */
const char *memory_ends_together(void);
/* How many processes the kernel has killed so far for want of memory, of whatever group. */
uint64_t memory_kills(void);
