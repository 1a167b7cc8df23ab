#define _GNU_SOURCE
#include "platform/faults.h"

#include <signal.h>
#include <unistd.h>

#include "platform/catching.h"

enum { FAULT_STACK = 1 << 16 };

static Guard *active;

static void on_fault(int number)
{
    if (active->innermost == NULL) {
        _exit(111);
    }
    siglongjmp(*active->innermost, 1);
}

void catch_faults(Guard *guard)
{
    static char stack[FAULT_STACK];
    stack_t alternate = {.ss_sp = stack, .ss_size = sizeof stack};
    const int faults[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT};
    sigset_t set;
    active = guard;
    sigaltstack(&alternate, NULL);
    sigemptyset(&set);
    for (size_t i = 0; i < sizeof faults / sizeof faults[0]; i++) {
        catch_signal(faults[i], on_fault);
        sigaddset(&set, faults[i]);
    }
    sigprocmask(SIG_UNBLOCK, &set, NULL);
}

bool guard_step(Guard *guard, void (*step)(void *context), void *context)
{
    sigjmp_buf here, *outer = guard->innermost;
    bool crashed = sigsetjmp(here, 1) != 0;
    if (!crashed) {
        guard->innermost = &here;
        step(context);
    }
    guard->innermost = outer;
    return !crashed;
}
