#include "sampling/call_stacks.h"

#include "platform/memory.h"

enum { NODES = 1 << 16, CHAINS = 1 << 16, HALF = STACK_FRAMES_MOST / 2, LOOKED_AT_MOST = 4096 };
enum { IDLE_MOST = 4096, RELEASED_AT_ONCE = 64 };
static const uint32_t LAST = UINT32_MAX;

typedef struct {
    PyCodeObject *code;
    int32_t offset;
} Call;

static StackNode *nodes;
static uint32_t *chains;      /* the first node of each hash */
static uint32_t end = 1;      /* nodes from here on were never used */
static uint32_t free_nodes;   /* 0: none */
static unsigned idle_count; /* nodes from `idle` on */
static uint32_t idle = UINT32_MAX; /* had no use once, and are in their chains; 0 in `next_idle`: not among them */

bool stacks_prepare(void)
{
    nodes = nodes == NULL ? memory_map(NODES * sizeof *nodes) : nodes;
    chains = chains == NULL ? memory_map(CHAINS * sizeof *chains) : chains;
    return nodes != NULL && chains != NULL;
}

static uint32_t *chain_of(uint32_t caller, Call call)
{
    uint64_t mixed = ((uintptr_t)call.code >> 4) + ((uint64_t)caller << 40) + ((uint64_t)(uint32_t)call.offset << 20);
    return &chains[(mixed * 0x9E3779B97F4A7C15ull) >> 48];
}

static bool is_call(uint32_t node, uint32_t caller, Call call)
{
    return nodes[node].code == call.code && nodes[node].offset == call.offset && nodes[node].caller == caller;
}

static uint32_t find_node(uint32_t caller, Call call)
{
    uint32_t at = nodes[caller].recent; /* the chains are in no cache */
    if (at != 0 && is_call(at, caller, call)) {
        return at;
    }
    at = *chain_of(caller, call);
    while (at != 0 && !is_call(at, caller, call)) {
        at = nodes[at].next;
    }
    nodes[caller].recent = at;
    return at;
}

static uint32_t add_node(uint32_t caller, Call call)
{
    uint32_t at = free_nodes;
    if (at != 0) {
        free_nodes = nodes[at].next;
    } else if (end < NODES) {
        at = end++;
    } else {
        return 0;
    }
    uint32_t *chain = chain_of(caller, call);
    nodes[at] = (StackNode){.code = call.code, .caller = caller, .offset = call.offset, .next = *chain};
    *chain = at;
    nodes[caller].recent = at;
    Py_INCREF(call.code);
    nodes[caller].uses++; /* node 0 counts the outermost ones */
    return at;
}

static void retire(uint32_t node)
{
    if (node != 0 && nodes[node].uses == 0 && nodes[node].next_idle == 0) {
        nodes[node].next_idle = idle;
        idle = node;
        idle_count++;
    }
}

static Call inner[HALF], outer[HALF]; /* of the stack that is being taken: the GIL keeps them */

/* The frames from the innermost outwards, of all code or of the wanted: the first half as they come, then the last ones seen so
   far, in a ring. What called something is complete, so only the innermost code object is read; the others are in no cache. */
static inline __attribute__((always_inline)) unsigned read_frames(bool (*wanted)(const PyCodeObject *))
{
    PyThreadState *thread = current_thread();
    Frame *frame = thread == NULL ? NULL : thread_top_frame(thread);
    unsigned count = 0;
    for (unsigned looked = 0; frame != NULL && looked < LOOKED_AT_MOST; looked++, frame = frame->previous) {
        PyCodeObject *code = looked == 0 ? frame_code(frame) : (PyCodeObject *)frame_code_object(frame);
        if (code != NULL && frame_runs_code(frame) && (wanted == NULL || wanted(code))) {
            Call call = {code, frame_offset(frame, code)};
            *(count < HALF ? &inner[count] : &outer[count % HALF]) = call;
            count++;
        }
    }
    return count;
}

/* 0: the trie is full. What is no code object calls nothing, nor does code that is being freed while its frame is still there. */
static uint32_t enter(uint32_t caller, Call call)
{
    uint32_t known = find_node(caller, call);
    bool lives = known != 0 || (Py_IS_TYPE((PyObject *)call.code, &PyCode_Type) && Py_REFCNT(call.code) > 0);
    return known != 0 ? known : lives ? add_node(caller, call) : caller;
}

static uint32_t take(unsigned count)
{
    uint32_t node = 0;
    for (unsigned left = count; left > 0; left--) {
        unsigned at = left - 1;
        if (at >= HALF && at + HALF < count) {
            continue;
        }
        uint32_t next = enter(node, at < HALF ? inner[at] : outer[at % HALF]);
        if (next == 0) {
            retire(node);
            return 0;
        }
        node = next;
    }
    if (node != 0) {
        nodes[node].uses++;
    }
    return node;
}

uint32_t stack_take(void)
{
    return nodes == NULL || chains == NULL ? 0 : take(read_frames(NULL));
}

uint32_t stack_take_of(bool (*wanted)(const PyCodeObject *), bool *full)
{
    unsigned count = nodes == NULL || chains == NULL ? 0 : read_frames(wanted);
    uint32_t node = take(count);
    *full = count > 0 && node == 0;
    return node;
}

void stack_drop(uint32_t node)
{
    if (node != 0 && nodes[node].uses > 0) {
        nodes[node].uses--;
        retire(node);
    }
}

static void unchain(uint32_t node)
{
    uint32_t *link = chain_of(nodes[node].caller, (Call){nodes[node].code, nodes[node].offset});
    while (*link != node) {
        link = &nodes[*link].next;
    }
    *link = nodes[node].next;
}

/* The first idle node, unless it has a use again; its code is the caller's to give back. */
static bool take_out(PyCodeObject **code)
{
    uint32_t node = idle, caller = nodes[node].caller;
    idle = nodes[node].next_idle;
    nodes[node].next_idle = 0;
    idle_count--;
    if (nodes[node].uses > 0) {
        return false;
    }
    *code = nodes[node].code;
    unchain(node);
    nodes[node] = (StackNode){.next = free_nodes};
    free_nodes = node;
    nodes[caller].uses--;
    retire(caller);
    return true;
}

void stacks_release(unsigned most)
{
    while (most > 0 && idle != LAST) {
        PyCodeObject *codes[RELEASED_AT_ONCE];
        unsigned count = 0;
        for (; most > 0 && idle != LAST && count < RELEASED_AT_ONCE; most--) {
            count += take_out(&codes[count]);
        }
        while (count > 0) {
            Py_DECREF(codes[--count]); /* may run code, which may be sampled, so nothing of the trie is held here */
        }
    }
}

bool stacks_are_short(void)
{
    return idle_count > IDLE_MOST || (free_nodes == 0 && end >= NODES / 2);
}

uint32_t stacks_end(void)
{
    return end;
}

const StackNode *stack_node(uint32_t node)
{
    return node > 0 && node < end && nodes[node].code != NULL ? &nodes[node] : NULL;
}

void stacks_forget(void)
{
    if (chains != NULL) {
        memset(chains, 0, CHAINS * sizeof *chains);
        nodes[0].recent = 0;
    }
    end = 1;
    free_nodes = 0;
    idle = LAST;
    idle_count = 0;
}
