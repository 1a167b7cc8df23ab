"""What a forked capture child does so that it can harm nobody, and how it speaks to its parent. Linux.

It must not log, import, or take a lock: whoever held one in the parent does not exist here.
"""

import contextlib
import gc
import math
import os
import signal
import struct
from collections.abc import Callable
from typing import Any, Final

from heapdiff.agent.system.threads import RunningThreads
from heapdiff.agent.writing.job import Job

WORST_OOM_SCORE: Final = b"1000"
LOW_PRIORITY: Final = 10
NULL_DEVICE: Final = "/dev/null"


def settle(deadline_s: float, keep: tuple[int, ...]) -> None:
    """Stop what the parent was doing: descriptors first, whose peers wait; collector, signals. The kernel keeps the deadline."""
    close_descriptors(keep)
    gc.disable()
    reset_signals()
    signal.setitimer(signal.ITIMER_REAL, math.ceil(deadline_s))
    offer_to_the_oom_killer()
    with contextlib.suppress(OSError):
        os.setpriority(os.PRIO_PROCESS, 0, max(LOW_PRIORITY, os.getpriority(os.PRIO_PROCESS, 0)))


def reset_signals() -> None:
    """No handler of the application runs here; what is meant for the parent is ignored, the alarm ends us."""
    signal.set_wakeup_fd(-1)
    for number in signal.valid_signals():
        handler = signal.getsignal(number)
        if callable(handler):
            signal.signal(number, signal.SIG_DFL if number in FATAL else signal.SIG_IGN)
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, UNBLOCKED)


FATAL: Final = frozenset(
    (signal.SIGTERM, signal.SIGINT, signal.SIGQUIT, signal.SIGABRT, signal.SIGALRM, signal.SIGXCPU)
)


UNBLOCKED: Final = (  # the thread that forked blocks every signal; an error must end the child at once
    signal.SIGALRM, signal.SIGTERM, signal.SIGINT, signal.SIGABRT,
    signal.SIGSEGV, signal.SIGBUS, signal.SIGILL, signal.SIGFPE,
)  # fmt: skip


def offer_to_the_oom_killer() -> None:
    """When memory ends, this process goes, not the worker.

    The kernel refuses this to a process that may not be dumped, as after it gave up root. That isn't undone, or others of
    its user could read its memory; `memory_ends_together` takes it into account.
    """
    with contextlib.suppress(OSError):
        descriptor = os.open("/proc/self/oom_score_adj", os.O_WRONLY)
        try:
            os.write(descriptor, WORST_OOM_SCORE)
        finally:
            os.close(descriptor)


def close_descriptors(keep: tuple[int, ...]) -> None:
    """Hold no socket or stream of the parent open: its peers must see it close them."""
    null = os.open(NULL_DEVICE, os.O_RDWR)
    for standard in range(3):
        if standard not in keep:
            os.dup2(null, standard)
    first = 3
    for number in sorted(descriptor for descriptor in keep if descriptor >= first):
        os.closerange(first, number)
        first = number + 1
    os.closerange(first, os.sysconf("SC_OPEN_MAX"))


PAUSE: Final = struct.Struct("<d")
Capture = Callable[[Job, RunningThreads, "Parent"], dict[str, Any]]


class Parent:
    """What the child tells and asks its parent."""

    def __init__(self, tell: int, pause_out: int) -> None:
        self._tell, self._pause_out = tell, pause_out

    def report(self, objects: int) -> None:
        with contextlib.suppress(OSError):  # the parent may have ended; its snapshot is still wanted
            os.write(self._tell, b"%d\n" % objects)

    def pause_ms(self) -> float:
        """How long the parent stood still; known a moment after the fork."""
        return float(PAUSE.unpack(os.read(self._pause_out, PAUSE.size))[0])
