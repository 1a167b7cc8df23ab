"""Signals that wait: what a thread blocks stays pending, and arrives when it is let through again."""

from __future__ import annotations

import contextlib
import signal
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from heapdiff.agent.system.unpatched import original


@contextlib.contextmanager
def hold_signals(numbers: Iterable[int]) -> Iterator[None]:
    """Keep signals from the calling thread, and from those that it starts meanwhile."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, ())
    try:
        signal.pthread_sigmask(signal.SIG_BLOCK, numbers)  # may run a handler that raises
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def start_thread(function: Callable[..., object], arguments: tuple[Any, ...]) -> None:
    """A real thread that takes no signal away from the application's, and so interrupts none too late."""
    with hold_signals(signal.valid_signals()):
        original("_thread", "start_new_thread")(function, arguments)
