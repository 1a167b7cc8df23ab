#define _GNU_SOURCE
#include "control/handler.h"

#include <errno.h>
#include <signal.h>
#include <stdatomic.h>
#include <stddef.h>
#include <unistd.h>

#include "control/watcher.h"

static volatile sig_atomic_t armed_signal;
static struct sigaction replaced_action;
static void (*volatile passed_on_to)(int);
static atomic_uint signals_pending;
static _Atomic pid_t armed_pid;

static void on_signal(int number)
{
    int saved = errno;
    void (*other)(int) = passed_on_to;
    if (atomic_load(&armed_pid) == getpid()) {
        atomic_fetch_add(&signals_pending, 1);
        watcher_wake();
    }
    if (other != NULL) {
        other(number);
    }
    errno = saved;
}

static bool is_ours(const struct sigaction *action)
{
    return !(action->sa_flags & SA_SIGINFO) && action->sa_handler == on_signal;
}

static bool is_free(const struct sigaction *action)
{
    return !(action->sa_flags & SA_SIGINFO) && (action->sa_handler == SIG_DFL || action->sa_handler == SIG_IGN);
}

static bool install_handler(int number, struct sigaction *before)
{
    struct sigaction action = {.sa_handler = on_signal, .sa_flags = SA_RESTART | SA_ONSTACK};
    sigfillset(&action.sa_mask);
    return sigaction(number, &action, before) == 0;
}

ArmResult handler_arm(int number, ArmHow how)
{
    struct sigaction now;
    if (sigaction(number, NULL, &now) != 0) {
        return ARM_ERROR;
    }
    bool ours = is_ours(&now);
    bool free = is_free(&now);
    if (!ours && !free && (how == ARM_IF_FREE || (how == ARM_BESIDE && now.sa_flags & SA_SIGINFO))) {
        return ARM_TAKEN;
    }
    if (watcher_start() != 0) {
        return ARM_ERROR;
    }
    atomic_store(&armed_pid, getpid());
    armed_signal = number;
    if (ours) {
        return ARM_ALREADY;
    }
    passed_on_to = how == ARM_BESIDE && !free ? now.sa_handler : NULL;
    return install_handler(number, &replaced_action) ? ARM_ARMED : ARM_ERROR;
}

int handler_armed(void)
{
    struct sigaction now;
    int number = armed_signal;
    bool armed = number != 0 && atomic_load(&armed_pid) == getpid() && watcher_is_here()
        && sigaction(number, NULL, &now) == 0 && is_ours(&now);
    return armed ? number : 0;
}

void handler_give_back(void)
{
    struct sigaction now;
    if (armed_signal != 0 && sigaction(armed_signal, NULL, &now) == 0 && is_ours(&now)) {
        sigaction(armed_signal, &replaced_action, NULL);
    }
    armed_signal = 0;
    passed_on_to = NULL;
}

void handler_repair(void)
{
    struct sigaction now, before;
    int number = armed_signal;
    if (number == 0 || sigaction(number, NULL, &now) != 0 || !is_free(&now)) {
        return;
    }
    atomic_store(&armed_pid, getpid());
    if (!install_handler(number, &before) || is_ours(&before)) {
        return;
    }
    if (is_free(&before)) {
        replaced_action = before;
    } else { /* somebody came between the look and the deed */
        sigaction(number, &before, NULL);
    }
}

void handler_adopt(void)
{
    if (atomic_load(&armed_pid) != 0) {
        atomic_store(&armed_pid, getpid());
    }
}

unsigned handler_take_pending(void)
{
    return atomic_exchange(&signals_pending, 0);
}
