"""What the kernel tells of another process; what ends while one looks is left out."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

__all__ = ["children_of", "of_each_thread", "threads_of"]


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
