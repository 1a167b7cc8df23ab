#define _GNU_SOURCE
#include "sampling/hook.h"

#include "cpython/internals.h"
#include "platform/clock.h"
#include "sampling/call_stacks.h"
#include "sampling/distances.h"
#include "sampling/line_blocks.h"
#include "sampling/originals.h"
#include "sampling/samples.h"

enum { LARGE_BYTES = 513 }; /* pymalloc takes a block of this size from RAW, and gives it back to that one */

static const int64_t NEVER = INT64_MAX / 2;
static struct {
    _Alignas(64) int64_t left; /* bytes until the next sample; subinterpreters with a GIL of their own count here, too */
    const PyMemAllocatorEx *below[ALLOCATORS];
} hot = {.left = INT64_MAX / 2};
static Hook hook;
static size_t least_bytes; /* of a sampled block */
static bool looking;       /* for who calls us */
static unsigned callers_seen;
static void *probe;        /* a block whose free we look for */
static bool following;     /* each allocation and each free is told; then `hot.left` is below 0 before each allocation, */
static int64_t set_aside;  /* and the countdown goes on here */
static bool missed_some;

/* --- the rare way ---------------------------------------------------------------------------------------------- */

static void count_down(void)
{
    int64_t bytes = hook.interval == 0 ? NEVER : (int64_t)distance_draw(hook.interval);
    __atomic_store_n(following ? &set_aside : &hot.left, bytes, __ATOMIC_RELAXED);
}

static bool is_followed(void)
{
    return __atomic_load_n(&following, __ATOMIC_RELAXED) && !looking && holds_main_gil(current_thread());
}

/* What is left of the countdown after the allocation that comes now. */
static int64_t left_after(size_t bytes)
{
    if (!is_followed()) {
        return __atomic_load_n(&hot.left, __ATOMIC_RELAXED);
    }
    __atomic_store_n(&hot.left, -1, __ATOMIC_RELAXED);
    return set_aside = (int64_t)((uint64_t)set_aside - bytes);
}

/* Whether the allocation that comes now is to be sampled. */
static bool is_due(unsigned allocator, size_t bytes)
{
    PyThreadState *thread = current_thread();
    if (left_after(bytes) >= 0 || !holds_main_gil(thread)) {
        return false;
    }
    if (looking) {
        callers_seen |= 1u << allocator;
        return true;
    }
    if (hook.until_ns != 0 && coarse_ns() >= hook.until_ns) {
        hook.interval = 0;
    }
    count_down();
    return hook.interval != 0 && thread->interp == PyInterpreterState_Main(); /* the code of others may go with them */
}

static void *remember(void *block, size_t bytes)
{
    if (block != NULL && !looking) {
        hook.taken++;
        hook.lost += !samples_add(block, bytes, coarse_ns(), stack_take());
    }
    return block;
}

static void *follow(void *block, size_t bytes)
{
    if (block != NULL && is_followed()) {
        line_blocks_add(block, bytes);
    }
    return block;
}

/* Blocks of RAW are also freed without the GIL; then it is none of ours. Before 3.12, once there was a subinterpreter, that cannot
   be told: the block isn't in the table, and finding that out writes nothing. */
static void __attribute__((noinline)) forget(void *block)
{
    if (block == __atomic_load_n(&probe, __ATOMIC_RELAXED)) {
        __atomic_store_n(&probe, NULL, __ATOMIC_RELAXED);
    } else if (holds_main_gil(current_thread())) {
        samples_remove(block);
    }
}

/* --- the hot way ----------------------------------------------------------------------------------------------- */

/* Whether the countdown goes on after so many bytes. */
static inline bool counts_on(size_t bytes)
{
    int64_t rest = (int64_t)((uint64_t)__atomic_load_n(&hot.left, __ATOMIC_RELAXED) - bytes);
    __atomic_store_n(&hot.left, rest, __ATOMIC_RELAXED);
    return __builtin_expect(rest >= 0, 1);
}

static inline const PyMemAllocatorEx *next(unsigned allocator)
{
    return __atomic_load_n(&hot.below[allocator], __ATOMIC_ACQUIRE);
}

static inline size_t at_least(size_t bytes)
{
    return bytes > least_bytes ? bytes : least_bytes;
}

static void *__attribute__((noinline)) sampled_malloc(unsigned allocator, size_t bytes)
{
    const PyMemAllocatorEx *original = next(allocator);
    bool due = is_due(allocator, bytes);
    void *block = due ? remember(original->malloc(original->ctx, at_least(bytes)), bytes) : NULL;
    return follow(block != NULL ? block : original->malloc(original->ctx, bytes), bytes);
}

static void *__attribute__((noinline)) sampled_calloc(unsigned allocator, size_t count, size_t bytes)
{
    const PyMemAllocatorEx *original = next(allocator);
    bool grows = count < LARGE_BYTES && bytes < LARGE_BYTES && count * bytes < least_bytes;
    size_t items = grows ? 1 : count, each = grows ? least_bytes : bytes;
    bool due = is_due(allocator, count * bytes);
    void *block = due ? remember(original->calloc(original->ctx, items, each), count * bytes) : NULL;
    return follow(block != NULL ? block : original->calloc(original->ctx, count, bytes), count * bytes);
}

/* A block that moved or stayed is a new one; one that could not be resized is still there. */
static void *__attribute__((noinline)) sampled_realloc(unsigned allocator, void *block, size_t bytes)
{
    const PyMemAllocatorEx *original = next(allocator);
    bool known = samples_may_have(block), due = is_due(allocator, bytes);
    void *resized = due ? original->realloc(original->ctx, block, at_least(bytes)) : NULL;
    due = resized != NULL;
    resized = due ? resized : original->realloc(original->ctx, block, bytes);
    if (known && resized != NULL) {
        forget(block);
    }
    if (resized != NULL && is_followed()) {
        line_blocks_resize(block, resized, bytes);
    }
    return due ? remember(resized, bytes) : resized;
}

static void __attribute__((noinline)) sampled_free(unsigned allocator, void *block)
{
    const PyMemAllocatorEx *original = next(allocator);
    if (samples_may_have(block)) {
        forget(block);
    }
    if (allocator != RAW && is_followed()) {
        line_blocks_remove(block);
    }
    original->free(original->ctx, block);
}

/* What follows calls the original last of all, so that it takes the place of our call: no register is saved. */
static inline void *hooked_malloc(unsigned allocator, size_t bytes)
{
    const PyMemAllocatorEx *original = next(allocator);
    return counts_on(bytes) ? original->malloc(original->ctx, bytes) : sampled_malloc(allocator, bytes);
}

/* The product is too large for a number only where it is too large for memory. */
static inline void *hooked_calloc(unsigned allocator, size_t count, size_t bytes)
{
    const PyMemAllocatorEx *original = next(allocator);
    return counts_on(count * bytes) ? original->calloc(original->ctx, count, bytes)
                                    : sampled_calloc(allocator, count, bytes);
}

static inline void hooked_free(unsigned allocator, void *block)
{
    const PyMemAllocatorEx *original = next(allocator);
    bool told = allocator != RAW && __atomic_load_n(&following, __ATOMIC_RELAXED);
    if (__builtin_expect(samples_may_have(block) || told, 0)) {
        sampled_free(allocator, block);
    } else {
        original->free(original->ctx, block);
    }
}

static inline void *hooked_realloc(unsigned allocator, void *block, size_t bytes)
{
    const PyMemAllocatorEx *original = next(allocator);
    return counts_on(bytes) && !samples_may_have(block) ? original->realloc(original->ctx, block, bytes)
                                                        : sampled_realloc(allocator, block, bytes);
}

#define FUNCTIONS(name, allocator)                                                                                     \
    static void *name##_malloc(void *ignored, size_t bytes) { return hooked_malloc(allocator, bytes); }                \
    static void *name##_calloc(void *ignored, size_t count, size_t bytes)                                              \
    {                                                                                                                  \
        return hooked_calloc(allocator, count, bytes);                                                                 \
    }                                                                                                                  \
    static void *name##_realloc(void *ignored, void *block, size_t bytes)                                              \
    {                                                                                                                  \
        return hooked_realloc(allocator, block, bytes);                                                                \
    }                                                                                                                  \
    static void name##_free(void *ignored, void *block) { hooked_free(allocator, block); }

FUNCTIONS(obj, OBJ)
FUNCTIONS(mem, MEM)

static void raw_free(void *ignored, void *block)
{
    hooked_free(RAW, block);
}

static const PyMemAllocatorEx ours[] = {
    [OBJ] = {NULL, obj_malloc, obj_calloc, obj_realloc, obj_free},
    [MEM] = {NULL, mem_malloc, mem_calloc, mem_realloc, mem_free},
};

/* --- in and out ------------------------------------------------------------------------------------------------ */

void hook_set(uint64_t interval, uint64_t until_ns)
{
    hook = (Hook){.interval = interval, .until_ns = until_ns};
    count_down();
}

void hook_extend(uint64_t until_ns)
{
    hook.until_ns = until_ns;
}

const Hook *hook_state(void)
{
    return &hook;
}

void hook_vary(uint64_t seed)
{
    distances_vary(seed);
    count_down();
}

static bool is_first(unsigned allocator)
{
    PyMemAllocatorEx now = allocator_now(allocator);
    return allocator == RAW ? now.free == raw_free : now.malloc == ours[allocator].malloc;
}

/* Whether we see the block go. */
static bool sees_free(void *block, void (*release)(void *))
{
    uint64_t *word = &samples_filter[filter_slot(block) / 64], before = *word;
    __atomic_store_n(&probe, block, __ATOMIC_RELAXED);
    __atomic_store_n(word, UINT64_MAX, __ATOMIC_RELAXED);
    release(block);
    __atomic_store_n(word, before, __ATOMIC_RELAXED);
    bool seen = __atomic_load_n(&probe, __ATOMIC_RELAXED) == NULL;
    __atomic_store_n(&probe, NULL, __ATOMIC_RELAXED);
    return seen;
}

/* A bit for each allocator that calls us, be it through others: OBJ and MEM for what they allocate, RAW for what it frees; and,
   ALLOCATORS bits further, whether we see it when what OBJ and MEM allocated for a sample is freed. */
static unsigned look(void)
{
    int64_t before = hot.left;
    looking = true;
    callers_seen = 0;
    __atomic_store_n(&hot.left, 0, __ATOMIC_RELAXED);
    void *object = PyObject_Malloc(1);
    __atomic_store_n(&hot.left, 0, __ATOMIC_RELAXED);
    void *memory = PyMem_Malloc(1);
    looking = false;
    __atomic_store_n(&hot.left, before, __ATOMIC_RELAXED);
    unsigned seen = callers_seen;
    seen |= (unsigned)sees_free(PyMem_RawMalloc(1), PyMem_RawFree) << RAW;
    seen |= (unsigned)sees_free(memory, PyMem_Free) << (ALLOCATORS + MEM);
    return seen | (unsigned)sees_free(object, PyObject_Free) << (ALLOCATORS + OBJ);
}

bool hook_is_in(void)
{
    const unsigned needed = 1u << OBJ | 1u << MEM | 1u << (ALLOCATORS + OBJ) | 1u << (ALLOCATORS + MEM);
    return (look() & needed) == needed;
}

static void take_out(unsigned allocator)
{
    if (is_first(allocator)) {
        allocator_set(allocator, *hot.below[allocator]);
    }
}

static bool insert(unsigned allocator)
{
    const PyMemAllocatorEx original = allocator_now(allocator), *kept = original_keep(allocator, &original);
    if (kept == NULL) {
        return false;
    }
    __atomic_store_n(&hot.below[allocator], kept, __ATOMIC_RELEASE);
    PyMemAllocatorEx with_ours = original; /* its context, too */
    if (allocator == RAW) {
        with_ours.free = raw_free;
    } else {
        with_ours.malloc = ours[allocator].malloc;
        with_ours.calloc = ours[allocator].calloc;
        with_ours.realloc = ours[allocator].realloc;
    }
    allocator_set(allocator, with_ours);
    return true;
}

/* Where large blocks do not go back to RAW, or under another address: PYTHONMALLOC=malloc, debug. */
static void see_own_frees(void)
{
    least_bytes = 0;
    for (unsigned allocator = OBJ; allocator <= MEM; allocator++) {
        if (is_first(allocator)) {
            PyMemAllocatorEx with_ours = allocator_now(allocator);
            with_ours.free = ours[allocator].free;
            allocator_set(allocator, with_ours);
        }
    }
    take_out(RAW);
}

bool hook_insert(void)
{
    least_bytes = LARGE_BYTES;
    unsigned calling = look();
    missed_some |= following && (~calling & (1u << OBJ | 1u << MEM)) != 0;
    for (unsigned allocator = 0; allocator < ALLOCATORS; allocator++) {
        if ((calling >> allocator & 1) == 0 && !insert(allocator)) {
            return false;
        }
    }
    if (following || !hook_is_in()) {
        see_own_frees();
    }
    return hook_is_in();
}

bool hook_follow(void)
{
    unsigned calling = look();
    for (unsigned allocator = OBJ; allocator <= MEM; allocator++) {
        if ((calling >> allocator & 1) == 0 && !insert(allocator)) {
            return false;
        }
    }
    if (!is_first(OBJ) || !is_first(MEM)) { /* frees go past us */
        return false;
    }
    see_own_frees();
    missed_some = false;
    set_aside = hot.left;
    __atomic_store_n(&hot.left, -1, __ATOMIC_RELAXED);
    __atomic_store_n(&following, true, __ATOMIC_RELAXED);
    return true;
}

bool hook_follows_all(void)
{
    return following && !missed_some && hook_is_in();
}

void hook_unfollow(void)
{
    if (following) {
        __atomic_store_n(&following, false, __ATOMIC_RELAXED);
        __atomic_store_n(&hot.left, set_aside, __ATOMIC_RELAXED);
    }
    hook_leave();
}

void hook_remove(void)
{
    for (unsigned allocator = 0; allocator < ALLOCATORS; allocator++) {
        take_out(allocator);
    }
}

void hook_leave(void)
{
    if (!following && hook.interval == 0) {
        hook_remove();
    }
}
