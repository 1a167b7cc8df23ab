"""Holds a process at its birth, before its first step, by ptrace(2)."""

from __future__ import annotations

import contextlib
import ctypes
import os
from collections.abc import Callable, Iterator
from typing import Final

CONTINUE, DETACH, GET_EVENT_MESSAGE, SEIZE, INTERRUPT = 7, 17, 0x4201, 0x4206, 0x4207
TRACE_FORK, TRACE_CLONE = 1 << 1, 1 << 3
WAIT_ALL: Final = 0x40000000  # __WALL: also for a thread, and for a child that ends without SIGCHLD

libc = ctypes.CDLL(None, use_errno=True)
libc.ptrace.argtypes = [ctypes.c_long, ctypes.c_long, ctypes.c_void_p, ctypes.c_void_p]


@contextlib.contextmanager
def held_at_birth(thread: int) -> Iterator[Callable[[], int]]:
    """The next process that this thread makes is held until the end; the function waits for it and gives its number."""
    born: list[int] = []

    def wait() -> int:
        stopped(thread)
        number = ctypes.c_ulong()
        ptrace(GET_EVENT_MESSAGE, thread, ctypes.addressof(number))
        born.append(number.value)
        stopped(number.value)
        ptrace(CONTINUE, thread)
        return number.value

    ptrace(SEIZE, thread, TRACE_FORK | TRACE_CLONE)
    try:
        yield wait
    finally:
        for child in born:
            ptrace(DETACH, child)
        ptrace(INTERRUPT, thread)
        stopped(thread)
        ptrace(DETACH, thread)


def stopped(number: int) -> None:
    _, status = os.waitpid(number, WAIT_ALL)
    assert os.WIFSTOPPED(status), status


def ptrace(request: int, number: int, data: int = 0) -> None:
    assert libc.ptrace(request, number, None, data) == 0, (request, os.strerror(ctypes.get_errno()))
