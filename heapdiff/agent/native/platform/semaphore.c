#define _GNU_SOURCE
#include "platform/semaphore.h"

#include <errno.h>
#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>

void semaphore_post(Semaphore *semaphore)
{
    atomic_fetch_add(&semaphore->posts, 1);
    syscall(SYS_futex, &semaphore->posts, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0);
}

static bool take(Semaphore *semaphore)
{
    int posts = atomic_load(&semaphore->posts);
    while (posts > 0) {
        if (atomic_compare_exchange_weak(&semaphore->posts, &posts, posts - 1)) {
            return true;
        }
    }
    return false;
}

bool semaphore_await(Semaphore *semaphore, const struct timespec *until)
{
    bool late = false;
    while (!take(semaphore)) {
        if (late) {
            return false;
        }
        late = syscall(SYS_futex, &semaphore->posts, FUTEX_WAIT_BITSET_PRIVATE, 0, until, NULL, FUTEX_BITSET_MATCH_ANY) != 0
            && errno != EAGAIN && errno != EINTR;
    }
    return true;
}
