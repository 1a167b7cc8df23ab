"""What the kernel tells of another process; what ends while one looks is left out."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

__all__ = ["threads_of"]


def threads_of(pid: int) -> list[str]:
    """The names of a process's threads."""
    names, tasks = [], Path(f"/proc/{pid}/task")
    for task in os.listdir(tasks):
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):
            names.append((tasks / task / "comm").read_text().strip())
    return names
