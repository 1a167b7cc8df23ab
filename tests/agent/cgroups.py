"""A real memory control group for a target process, where this machine lets us make one."""

from __future__ import annotations

import contextlib
import os
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

HIERARCHIES = (
    (Path("/sys/fs/cgroup/memory"), ":memory:", "memory.limit_in_bytes", "memory.usage_in_bytes"),
    (Path("/sys/fs/cgroup"), "0::", "memory.max", "memory.current"),
)


@dataclass(frozen=True, slots=True)
class MemoryGroup:
    """A control group: `limit(bytes)` takes effect at once."""

    folder: Path
    limit_file: str
    usage_file: str

    def add(self, pid: int) -> None:
        (self.folder / "cgroup.procs").write_text(str(pid))

    def limit(self, size: int) -> None:
        (self.folder / self.limit_file).write_text(str(size))

    def used(self) -> int:
        return int((self.folder / self.usage_file).read_text())


@contextlib.contextmanager
def memory_group() -> Iterator[MemoryGroup | None]:
    """None where control groups cannot be made: no rights, or no memory controller."""
    group = make_group()
    try:
        yield group
    finally:
        if group is not None:
            with contextlib.suppress(OSError):
                group.folder.rmdir()


def make_group() -> MemoryGroup | None:
    memberships = Path("/proc/self/cgroup").read_text().splitlines()
    for mount, mark, limit, usage in HIERARCHIES:
        own = next((line.partition(mark)[2] for line in memberships if mark in line), "")
        for parent in (mount / own.strip("/"), mount):
            folder = parent / f"hd-headroom-{os.getpid()}-{uuid.uuid4().hex[:8]}"
            with contextlib.suppress(OSError):
                folder.mkdir()
                if (folder / limit).exists():
                    return MemoryGroup(folder, limit, usage)
                folder.rmdir()
    return None
