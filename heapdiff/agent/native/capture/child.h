/* The first things that a forked child does, so that it can harm nobody; twin of `engines/forked/child.py`. */
#pragma once

/* First victim of the OOM killer, low priority, no core file, an alarm that ends it. Needs the GIL that the child was
   forked with. The collector, whose state is recorded first, is the caller's. */
void child_settle(unsigned deadline_s);
/* From here on Python's allocators give memory of the child's own: sizes of extension types come from their C code,
   and a lock of malloc may be held by a thread that does not exist here. */
void child_use_own_memory(void);
