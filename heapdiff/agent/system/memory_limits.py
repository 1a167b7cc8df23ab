"""What is left for a process: memory below every limit over it, and space on the disk. None where the system does not say."""

import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final, NamedTuple

from heapdiff.agent.system.procfs import PROC, owner_of, read_fields, read_text


class MemoryLevel(NamedTuple):
    """One level of control groups, in bytes. `limit` 0: none; `reclaimable`: what the kernel takes back before it kills.

    `ends_together`: when its memory ends, the kernel kills every process of the group, not one (version 2 only).
    """

    current: int
    limit: int
    reclaimable: int
    ends_together: bool


class Hierarchy(NamedTuple):
    """A version of control groups: where it is mounted and what its files are called. `events` counts kills.

    In `memory.stat`, `cache`: file cache not in use and in use, and the kernel's own; `bound`: what must go to the disk first.
    """

    mount: str
    controller: str
    current: str
    limit: str
    events: str
    cache: tuple[str, str, str]
    bound: tuple[str, str]

    def holds(self, controllers: str) -> bool:
        return self.controller in controllers.split(",")


HIERARCHIES: Final = (
    Hierarchy(
        "/sys/fs/cgroup/memory",
        "memory",
        "memory.usage_in_bytes",
        "memory.limit_in_bytes",
        "memory.oom_control",
        ("total_inactive_file", "total_active_file", "total_slab_reclaimable"),
        ("total_dirty", "total_writeback"),
    ),
    Hierarchy(
        "/sys/fs/cgroup",
        "",
        "memory.current",
        "memory.max",
        "memory.events",
        ("inactive_file", "active_file", "slab_reclaimable"),
        ("file_dirty", "file_writeback"),
    ),
)
UNLIMITED: Final = 1 << 60  # version 1 writes a number near 2**63


def read_cgroup() -> dict[str, int] | None:
    """The memory limit and use of this process's control group, version 2 or 1, in bytes."""
    own = next(iter(read_cgroup_levels()), None)
    if own is None:
        return None
    limit = {"limit_bytes": own.limit} if own.limit else {}
    return {"current_bytes": own.current, **limit, "reclaimable_bytes": own.reclaimable}


def read_cgroup_levels(pid: int | str = "self") -> list[MemoryLevel]:
    """A process's control group and those above it. A container may see only its own, as the root."""
    for hierarchy, own in find_cgroups(pid):
        levels, folder = [], own
        while len(folder) >= len(hierarchy.mount) and (level := read_level(hierarchy, folder)):
            levels.append(level)
            folder = folder.rpartition("/")[0]
        if levels:
            return levels
    return []


def find_cgroups(pid: int | str) -> Iterator[tuple[Hierarchy, str]]:
    """Where a process's control group may be seen from here, best first."""
    memberships = [line.split(":", 2) for line in (read_text(f"{PROC}/{pid}/cgroup") or "").splitlines()]
    for hierarchy in HIERARCHIES:
        paths = [parts[2] for parts in memberships if len(parts) == 3 and hierarchy.holds(parts[1])]
        for path in [*paths, "/"]:
            yield hierarchy, hierarchy.mount + path.rstrip("/")


class KillCounter(NamedTuple):
    """A file in which the kernel counts the processes of a control group that it killed for lack of memory, and what it said."""

    path: str
    kills: int

    def has_grown(self) -> bool:
        return read_kills(self.path) > self.kills


def find_kill_counter(pid: int | str) -> KillCounter | None:
    """That of a process's control group, which outlives it; None where there is none to be seen."""
    for hierarchy, folder in find_cgroups(pid):
        path = f"{folder}/{hierarchy.events}"
        if (count := read_kills(path)) >= 0:
            return KillCounter(path, count)
    return None


def read_kills(path: str) -> int:
    """-1: it doesn't say."""
    fields = dict(line.split(None, 1) for line in (read_text(path) or "").splitlines() if " " in line)
    count = fields.get("oom_kill", "").strip()
    return int(count) if count.isdigit() else -1


def read_level(hierarchy: Hierarchy, folder: str) -> MemoryLevel | None:
    current = (read_text(f"{folder}/{hierarchy.current}") or "").strip()
    limit = (read_text(f"{folder}/{hierarchy.limit}") or "").strip()
    statistics = dict(
        line.split(None, 1) for line in (read_text(f"{folder}/memory.stat") or "").splitlines() if " " in line
    )
    if not current.isdigit():
        return None
    limited = int(limit) if limit.isdigit() and int(limit) < UNLIMITED else 0
    together = (read_text(f"{folder}/memory.oom.group") or "").strip() == "1"
    return MemoryLevel(int(current), limited, reclaimable(hierarchy, statistics), together)


def reclaimable(hierarchy: Hierarchy, statistics: Mapping[str, str]) -> int:
    """As the kernel reckons MemAvailable: file cache that is not in use, half of what is; but what must go to the disk first
    is no help at once."""
    inactive, active, slab = (int(statistics.get(name, 0)) for name in hierarchy.cache)
    bound = sum(int(statistics.get(name, 0)) for name in hierarchy.bound)
    return max(inactive + (active + slab) // 2 - bound, 0)


def disk_left(directory: Path) -> tuple[int | None, int]:
    """Free bytes of the file system that a directory is on, and all of them."""
    try:
        disk = os.statvfs(directory)
    except OSError:
        return None, 0
    return disk.f_bavail * disk.f_frsize, disk.f_blocks * disk.f_frsize


def is_in_memory(directory: Path) -> bool:
    """Whether a file there is memory of whoever writes it, which the kernel cannot take back."""
    try:
        device = os.stat(directory).st_dev
    except OSError:
        return False
    mounted = f"{os.major(device)}:{os.minor(device)}"
    for line in (read_text(f"{PROC}/self/mountinfo") or "").splitlines():
        fields = line.split()
        if len(fields) > 8 and fields[2] == mounted:
            return fields[fields.index("-") + 1] in ("tmpfs", "ramfs")
    return False


def memory_left(pid: int | str = "self") -> tuple[int | None, str]:
    """Bytes that are left below every limit, and what leaves the fewest; None where the system does not say."""
    left: list[tuple[int, str]] = []
    if available := read_machine("MemAvailable"):
        left.append((available, "the machine"))
    for level in read_cgroup_levels(pid):
        if level.limit:
            free = max(level.limit - level.current, 0) + min(level.reclaimable, level.current)
            left.append((free, "the control group"))
    return min(left, default=(None, ""))


def memory_ends_together(pid: int | str = "self") -> str:
    """Why the kernel may kill a process when memory ends, not its child, as the end of a sentence; empty: it takes the child."""
    if any(level.ends_together for level in read_cgroup_levels(pid)):
        return ", and the kernel would end the whole group (memory.oom.group)"
    if not can_volunteer(pid):
        return ", and the kernel might end the process instead of its child (oom_score_adj is protected)"
    return ""


def can_volunteer(pid: int | str) -> bool:
    """Whether its child may raise its score. The file is root's where the process may not be dumped, as after it gave up root."""
    try:
        return os.stat(f"{PROC}/{pid}/oom_score_adj").st_uid == owner_of(pid)
    except OSError:
        return True


def memory_limit() -> int:
    """The tightest limit over this process: its control groups', else the machine's memory; 0: not known."""
    limits = [level.limit for level in read_cgroup_levels()] + [read_machine("MemTotal")]
    return min((limit for limit in limits if limit), default=0)


def read_machine(name: str) -> int:
    fields = read_fields("/proc/meminfo").get(name, "").split()
    return int(fields[0]) * 1024 if fields and fields[0].isdigit() else 0
