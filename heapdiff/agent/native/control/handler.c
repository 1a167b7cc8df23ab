#define _GNU_SOURCE
#include "control/handler.h"

#include <errno.h>
#include <signal.h>
#include <stdatomic.h>
#include <stddef.h>
#include <unistd.h>

#include "control/wake.h"

static volatile sig_atomic_t armed_signal;
static struct sigaction replaced_action;
static void (*volatile passed_on_to)(int);
static atomic_uint signals_pending;
static _Atomic pid_t armed_pid, counted_pid;

/* A forked process has the handler before it has an agent: its signals wait for that, and its parent's are not its own. */
static void on_signal(int number)
{
    int saved = errno;
    void (*other)(int) = passed_on_to;
    if (atomic_exchange(&counted_pid, getpid()) != getpid()) {
        atomic_store(&signals_pending, 0);
    }
    atomic_fetch_add(&signals_pending, 1);
    watcher_wake();
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

static ArmResult look(int number, ArmHow how, struct sigaction *now)
{
    if (sigaction(number, NULL, now) != 0) {
        return ARM_ERROR;
    }
    if (is_ours(now)) {
        return ARM_ALREADY;
    }
    bool stays = how == ARM_IF_FREE || (how == ARM_BESIDE && now->sa_flags & SA_SIGINFO);
    return stays && !is_free(now) ? ARM_TAKEN : ARM_ARMED;
}

ArmResult handler_look(int number, ArmHow how)
{
    struct sigaction now;
    return look(number, how, &now);
}

ArmResult handler_arm(int number, ArmHow how)
{
    struct sigaction now;
    ArmResult result = look(number, how, &now);
    if (result == ARM_ERROR || result == ARM_TAKEN) {
        return result;
    }
    atomic_store(&armed_pid, getpid());
    armed_signal = number;
    if (result == ARM_ARMED) {
        passed_on_to = how == ARM_BESIDE && !is_free(&now) ? now.sa_handler : NULL;
        result = install_handler(number, &replaced_action) ? ARM_ARMED : ARM_ERROR;
    }
    return result;
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
    return atomic_load(&counted_pid) == getpid() ? atomic_exchange(&signals_pending, 0) : 0;
}
