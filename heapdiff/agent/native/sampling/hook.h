/* Functions of our own before those of the two allocators that are only called with the GIL, OBJ and MEM: they count bytes and take
   a sample where the countdown ends. A sampled block is made so large that pymalloc takes it from RAW, and gives it back there: its
   free is seen before that one, which is called seldom, also without the GIL. All else here needs the main interpreter's GIL.

   The functions below ours are found through one pointer to a struct that is never written again; ours are set with the context
   of those below them and ignore it: who reads the pair while it is being set calls one or the other, with the right context. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

typedef struct {
    uint64_t interval;  /* mean bytes from one sample to the next; 0: none is taken */
    uint64_t until_ns;  /* when it stops by itself; 0: it does not */
    uint64_t taken, lost;
} Hook;

/* The rules from now on; counts begin anew. */
void hook_set(uint64_t interval, uint64_t until_ns);
/* When it stops by itself; nothing else changes. */
void hook_extend(uint64_t until_ns);
const Hook *hook_state(void);

/* Whether both allocators still call us: who was there before us may have taken us out when it left. */
bool hook_is_in(void);
/* Puts us before the allocators that do not call us. False when too many different ones were met. */
bool hook_insert(void);
/* Takes us out where nobody stands before us. Elsewhere we stay and pass on. */
void hook_remove(void);
/* The same, unless samples are taken or blocks are followed. */
void hook_leave(void);

/* Has line_blocks.h told of each block of OBJ and MEM, besides the samples: their frees are hooked, too. False where somebody
   stands between Python and us: nothing changes. */
bool hook_follow(void);
/* Whether nobody has taken us out meanwhile. */
bool hook_follows_all(void);
void hook_unfollow(void);

/* In a forked child: its samples are not to come at its parent's moments. */
void hook_vary(uint64_t seed);
