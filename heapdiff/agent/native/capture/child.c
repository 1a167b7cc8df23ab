#define _GNU_SOURCE
#include "capture/child.h"

#include <Python.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "platform/memory.h"
#include "platform/system.h"

enum { LOW_PRIORITY = 10, IO_CLASS_IDLE = 3, IO_CLASS_SHIFT = 13, IO_WHO_PROCESS = 1 };

/* PR_SET_DUMPABLE stays as the worker has it: after it gave up root, others of its user can't read its memory, nor the copy of it
   here. The kernel then lets neither of the two write its score, which `memory_ends_together` takes into account. */
static void become_expendable(void)
{
    struct rlimit no_core = {0, 0};
    prctl(PR_SET_NAME, "heapdiff-child");
    int fd = open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);
    if (fd >= 0) {
        ssize_t ignored = write(fd, "1000", 4);
        (void)ignored;
        close(fd);
    }
    setrlimit(RLIMIT_CORE, &no_core);
    if (getpriority(PRIO_PROCESS, 0) < LOW_PRIORITY) {
        setpriority(PRIO_PROCESS, 0, LOW_PRIORITY);
    }
    syscall(SYS_ioprio_set, IO_WHO_PROCESS, 0, IO_CLASS_IDLE << IO_CLASS_SHIFT);
}

/* Whatever it is that hangs: nothing of it runs any more, and the same signal ends the process with the handler. */
static void on_alarm(int number)
{
    give_memory_back(); /* NOLINT(bugprone-signal-handler,cert-sig30-c): system calls, and looks into its own text */
    signal(number, SIG_DFL);
    kill(getpid(), number);
}

static void end_at(unsigned deadline_s)
{
    sigset_t alarm_only;
    signal(SIGALRM, on_alarm);
    sigemptyset(&alarm_only);
    sigaddset(&alarm_only, SIGALRM);
    sigprocmask(SIG_UNBLOCK, &alarm_only, NULL);
    alarm(deadline_s);
}

void child_settle(unsigned deadline_s)
{
    become_expendable();
    end_at(deadline_s);
}

static void *child_malloc(void *context, size_t bytes)
{
    (void)context;
    return memory_take(bytes == 0 ? 1 : bytes);
}

static void *child_calloc(void *context, size_t count, size_t bytes)
{
    (void)context;
    return bytes != 0 && count > PTRDIFF_MAX / bytes ? NULL : memory_take(count * bytes == 0 ? 1 : count * bytes);
}

/* The size of the old block is not known, so it cannot be moved: the caller sees that memory ended. */
static void *child_realloc(void *context, void *block, size_t bytes)
{
    return block == NULL ? child_malloc(context, bytes) : NULL;
}

static void child_free(void *context, void *block)
{
    (void)context;
    (void)block;
}

void child_use_own_memory(void)
{
    PyMemAllocatorEx own = {NULL, child_malloc, child_calloc, child_realloc, child_free};
    PyMem_SetAllocator(PYMEM_DOMAIN_RAW, &own);
    PyMem_SetAllocator(PYMEM_DOMAIN_MEM, &own);
    PyMem_SetAllocator(PYMEM_DOMAIN_OBJ, &own);
}
