#define _GNU_SOURCE
#include "platform/faults.h"

#include <signal.h>
#include <unistd.h>

#include "platform/catching.h"

enum { FAULTS_MOST = 10000, FAULTS_OF_ONE_TYPE = 100, FAULT_STACK = 1 << 16 };

static Walk *active;

static void on_fault(int number)
{
    (void)number;
    if (active->fault_point == NULL) {
        _exit(111);
    }
    siglongjmp(*active->fault_point, 1);
}

void catch_faults(Walk *walk)
{
    static char stack[FAULT_STACK];
    stack_t alternate = {.ss_sp = stack, .ss_size = sizeof stack};
    const int faults[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT};
    sigset_t set;
    active = walk;
    sigaltstack(&alternate, NULL);
    sigemptyset(&set);
    for (size_t i = 0; i < sizeof faults / sizeof faults[0]; i++) {
        catch_signal(faults[i], on_fault);
        sigaddset(&set, faults[i]);
    }
    sigprocmask(SIG_UNBLOCK, &set, NULL);
}

/* An object whose own C code crashed while it was read keeps its header, and what it refers to where only its size crashed. */
static void cut_back(Walk *walk)
{
    TypeInfo *info = walk->info;
    walk->objects.used = walk->record_start;
    walk->previous_address = walk->record_previous;
    if (walk->header_bytes != SIZE_MAX) {
        walk->header_bytes = SIZE_MAX;
        walk->header_done = false;
    }
    if (walk->doing == HEADING) {
        walk->bare = true;
        if (++info->size_faults == FAULTS_OF_ONE_TYPE) {
            info->size_kind = SIZE_UNREADABLE;
        }
    } else {
        walk->edge_count = 0;
        if (walk->doing == CALLING && ++info->faults == FAULTS_OF_ONE_TYPE) {
            info->parts &= ~(uint32_t)PART_TRAVERSE;
            info->greenlet_frame = NULL;
        }
    }
    walk->doing = READING;
    walk->failed = walk->failed || ++walk->totals.faults > FAULTS_MOST;
}

bool guarded(Walk *walk, Step *step, void *context)
{
    sigjmp_buf here, *outer = walk->fault_point;
    bool crashed = sigsetjmp(here, 1) != 0;
    if (crashed) {
        cut_back(walk);
    } else {
        walk->fault_point = &here;
        step(walk, context);
    }
    walk->fault_point = outer;
    return !crashed;
}
