"""What the processes take that stem from the same parent and run the same program: `native/capacity/siblings.c` in Python."""

import os
import time
from typing import Final

from heapdiff.agent.system.procfs import PROC, read_memory, read_process, read_text
from heapdiff.model import Sibling

SIBLINGS_MOST: Final = 32
PATIENCE_S: Final = 0.5

Program = tuple[int, int]


def read_siblings(own: int, parent: int) -> tuple[Sibling, ...] | None:
    """The parent if it runs the same program, and its other children that do, as far as they can be read; bounded in number
    and time. None where this process can't be looked at itself. For the child that captures.
    """
    program, state = read_program(own), read_process(own)
    if program is None or state is None:
        return None
    last = time.monotonic() + PATIENCE_S
    children = (read_text(f"{PROC}/{parent}/task/{parent}/children") or "").split()
    found: list[Sibling] = []
    for pid in (parent, *map(int, children)):
        if pid == own or read_program(pid) != program:
            continue
        if len(found) == SIBLINGS_MOST or time.monotonic() >= last:
            break
        if (sibling := describe(pid, pid == parent, state.image)) is not None:
            found.append(sibling)
    return tuple(found)


def read_program(pid: int) -> Program | None:
    try:
        about = os.stat(f"{PROC}/{pid}/exe")
    except OSError:
        return None
    return about.st_dev, about.st_ino


def describe(pid: int, is_parent: bool, image: int) -> Sibling | None:
    memory, state = read_memory(pid), read_process(pid)
    if memory is None or state is None or memory.pss_bytes is None:
        return None
    return Sibling(
        pid=pid,
        parent=is_parent,
        forked=image != 0 and state.image == image,
        rss_bytes=memory.rss_bytes,
        pss_bytes=memory.pss_bytes,
        private_bytes=memory.private_bytes or 0,
        private_dirty_bytes=memory.private_dirty_bytes or 0,
        shared_dirty_bytes=memory.shared_dirty_bytes or 0,
    )
