/* By the kernel's own call and struct: from 2.41 on, glibc's sigaction takes a lock for SIGABRT, which a thread of the
   parent may have held at the fork, in posix_spawn, say. The two headers of signals exclude each other. */
#define _GNU_SOURCE
#include "platform/catching.h"

#include <asm/signal.h>
#include <sys/syscall.h>
#include <unistd.h>

void catch_signal(int number, void (*handler)(int))
{
    struct sigaction action = {.sa_handler = handler, .sa_flags = SA_ONSTACK | SA_NODEFER};
#ifdef SA_RESTORER
    action.sa_flags |= SA_RESTORER; /* x86-64 delivers to no handler without; nobody returns through it */
#endif
    syscall(SYS_rt_sigaction, number, &action, NULL, sizeof action.sa_mask);
}
