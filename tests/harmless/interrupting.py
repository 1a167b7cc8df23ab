"""Calls that the kernel does not restart, while a snapshot is asked for: by the socket, by a signal, not at all."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from heapdiff.agent.engines.contract import Wish
from heapdiff.remote.asking import ask
from heapdiff.remote.door import ask_status
from tests.harmless.effect import Extent, Row, prepared, python

WAITING = """
import ctypes, select, signal, socket, struct, sys, time
c = ctypes.CDLL(None)
one, other = socket.socketpair()
one.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, struct.pack("ll", 0, 900_000))
room, epoll = ctypes.create_string_buffer(16), select.epoll()
def pause():
    signal.signal(signal.SIGALRM, lambda *_: None)
    signal.setitimer(signal.ITIMER_REAL, 0.9)
    signal.pause()
    signal.setitimer(signal.ITIMER_REAL, 0)
CALLS = {
    "signal.pause": pause,
    "time.sleep": lambda: time.sleep(0.9),
    "sleep in C": lambda: c.usleep(900_000),
    "poll in C": lambda: c.poll(None, 0, 900),
    "recv with a timeout in C": lambda: c.recv(one.fileno(), room, 16, 0),
    "epoll_wait in C": lambda: c.epoll_wait(epoll.fileno(), room, 1, 900),
}
for name, call in CALLS.items():
    print(name, flush=True)
    began = time.monotonic()
    call()
    print(time.monotonic() - began < 0.85, flush=True)
    sys.stdin.readline()
"""
WAYS: Final = ("nobody", "socket", "signal")
SETTLED_S: Final = 0.2


def calls_interrupted(directory: Path, _extent: Extent) -> Iterator[Row]:
    """`heapdiff snapshot` asks by the socket, which interrupts nothing; `kill -USR2` cannot promise that."""
    early = {way: calls_ended_early(way, directory) for way in WAYS}
    for way, promise in (("socket", "none"), ("signal", "-")):
        yield Row(
            f"waits that end early when a snapshot is asked for by {way}",
            ", ".join(early["nobody"]) or "none",
            ", ".join(early[way]) or "none",
            promise,
            early[way] == early["nobody"] if promise == "none" else None,
        )


def calls_ended_early(way: str, directory: Path) -> list[str]:
    early = []
    with python(prepared(WAITING, directory, True)) as process:
        assert process.stdout is not None
        assert process.stdin is not None
        while name := process.stdout.readline().strip():
            time.sleep(SETTLED_S)
            if way == "socket":
                assert ask(process.pid, directory, Wish()).ticket
            elif way == "signal":
                os.kill(process.pid, signal.SIGUSR2)
            if process.stdout.readline() == "True\n":
                early.append(name)
            while (answer := ask_status(directory, process.pid)) and answer.state == "running":
                time.sleep(0.01)
            process.stdin.write("\n")
    return early
