/* The stacks of calls that samples were taken in, as a trie: a node is an instruction of some code and the node that called
   it. Everything here needs the main interpreter's GIL, or a copy of the process in which nothing else runs. */
#pragma once

#include "cpython/internals.h"

#include <stdbool.h>
#include <stdint.h>

enum { STACK_FRAMES_MOST = 128 };

typedef struct {
    PyCodeObject *code;  /* one reference is the node's; NULL: no node */
    uint32_t caller;     /* 0: none */
    int32_t offset;      /* in bytes, as `PyCode_Addr2Line` takes it */
    uint32_t uses;       /* by those that took it, and as a caller */
    uint32_t next;       /* with the same hash, or the next free one */
    uint32_t next_idle;
    uint32_t recent;     /* what it called the last time, if that is still there */
} StackNode;

/* Maps what the trie needs, once. False when memory ends. */
bool stacks_prepare(void);

/* For a hook of the allocator: no call of Python's API, no allocation, no code given back. */

/* What runs in this thread, as the node of the innermost frame, with one use more; 0: nothing runs, or the trie is full. Of a
   deeper stack than STACK_FRAMES_MOST the innermost and the outermost half. */
uint32_t stack_take(void);
/* The same of the frames that run wanted code; 0 where none does. Tells whether it is 0 because the trie is full. */
uint32_t stack_take_of(bool (*wanted)(const PyCodeObject *), bool *full);
void stack_drop(uint32_t node);

/* Outside hooks, for the code given back may run code of the application: frees nodes without a use, so many at most. */
void stacks_release(unsigned most);

/* Whether most nodes are in use or idle, or so many idle that the application misses what their code takes. */
bool stacks_are_short(void);

/* For readers: nodes are 1 to `stacks_end() - 1`; NULL for one that is not there. */
uint32_t stacks_end(void);
const StackNode *stack_node(uint32_t node);

/* The interpreter is gone, and all code with it. */
void stacks_forget(void);
