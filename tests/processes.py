"""What the kernel tells of another process; what ends while one looks is left out."""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from heapdiff.agent.directory.names import RECORD, SOCKET
from heapdiff.agent.system.identity import see_process

__all__ = ["address_of", "agent_files", "children_of", "eventually", "of_each_thread", "threads_of"]

DEADLINE_S = 60.0


@contextlib.contextmanager
def address_of(path: Path) -> Iterator[str]:
    """For a socket: an address is 107 bytes at most, and a test's directory may be longer."""
    folder = os.open(path.parent, os.O_PATH | os.O_DIRECTORY)
    try:
        yield f"/proc/self/fd/{folder}/{path.name}"
    finally:
        os.close(folder)


def agent_files(directory: Path, pid: int) -> tuple[Path, Path]:
    """Record and socket that an agent in a running process has, or would have."""
    seen = see_process(pid)
    assert seen is not None
    return directory / RECORD.format(seen.identity), directory / SOCKET.format(seen.identity)


def threads_of(pid: int) -> list[str]:
    """The names of a process's threads."""
    return [name.strip() for name in of_each_thread(pid, "comm")]


def children_of(pid: int) -> list[int]:
    """The process's children, whichever of its threads made them."""
    return [int(child) for children in of_each_thread(pid, "children") for child in children.split()]


def of_each_thread(pid: int, name: str) -> list[str]:
    """What a file of each thread's directory in /proc says."""
    contents, tasks = [], Path(f"/proc/{pid}/task")
    for task in os.listdir(tasks):
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):
            contents.append((tasks / task / name).read_text())
    return contents


def eventually(condition: Callable[[], bool]) -> None:
    """Waits for what another thread or process does without saying so."""
    last = time.monotonic() + DEADLINE_S
    while not condition():
        assert time.monotonic() < last, "it did not happen in time"
        time.sleep(0.01)
