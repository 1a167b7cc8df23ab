"""What Linux says about a process: when it started, whose it is, its signals, its memory.

Every reader answers None where the system does not say; nothing raises.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

PROC: Final = "/proc"
HIDDEN: Final = 1  # what stands for an address that the reader may not see


@dataclass(frozen=True, slots=True)
class ProcessState:
    """Identity of a process beyond its number: numbers are reused, and `exec` keeps both number and start.

    `image` changes when the process executes another program; 0 where the system hides it.
    """

    pid: int
    started_ticks: int
    image: int


@dataclass(frozen=True, slots=True)
class SignalMasks:
    """Signals that a process catches, ignores or blocks, as bit sets: signal n is bit n - 1."""

    caught: int
    ignored: int
    blocked: int

    def catches(self, number: int) -> bool:
        return bool(self.caught >> (number - 1) & 1)


@dataclass(frozen=True, slots=True)
class ResidentMemory:
    """A process's memory in bytes."""

    rss_bytes: int
    pss_bytes: int | None
    private_bytes: int | None


@dataclass(frozen=True, slots=True)
class MemoryLevel:
    """One level of control groups, in bytes. `limit` 0: none; `reclaimable`: file cache that goes first."""

    current: int
    limit: int
    reclaimable: int


@dataclass(frozen=True, slots=True)
class Hierarchy:
    """A version of control groups: where it is mounted and what its files are called."""

    mount: str
    controller: str
    current: str
    limit: str
    reclaimable: str

    def holds(self, controllers: str) -> bool:
        return self.controller in controllers.split(",")


HIERARCHIES: Final = (
    Hierarchy(
        "/sys/fs/cgroup/memory",
        "memory",
        "memory.usage_in_bytes",
        "memory.limit_in_bytes",
        "total_inactive_file",
    ),
    Hierarchy("/sys/fs/cgroup", "", "memory.current", "memory.max", "inactive_file"),
)
UNLIMITED: Final = 1 << 60  # version 1 writes a number near 2**63


def read_text(path: str) -> str | None:
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return None
    try:
        parts = []
        while part := os.read(descriptor, 65536):
            parts.append(part)
        return b"".join(parts).decode("utf-8", "replace")
    except OSError:
        return None
    finally:
        os.close(descriptor)


def read_process(pid: int) -> ProcessState | None:
    """None when there is no such process, or it has ended and waits to be reaped."""
    text = read_text(f"{PROC}/{pid}/stat")
    if text is None or ")" not in text:
        return None
    fields = text.rpartition(")")[2].split()
    if len(fields) < 26 or fields[0] in "ZX":
        return None
    image = int(fields[25])
    return ProcessState(pid, int(fields[19]), image if image > HIDDEN else 0)


def owner_of(pid: int) -> int | None:
    """The effective user of a process. Not the owner of its directory: that is root's after a setuid."""
    try:
        return int(read_fields(f"{PROC}/{pid}/status")["Uid"].split()[1])
    except (KeyError, ValueError, IndexError):
        return None


def read_signal_masks(pid: int) -> SignalMasks | None:
    lines = read_fields(f"{PROC}/{pid}/status")
    try:
        return SignalMasks(*(int(lines[key], 16) for key in ("SigCgt", "SigIgn", "SigBlk")))
    except (KeyError, ValueError):
        return None


def read_resident_bytes(pid: int) -> int | None:
    """A process's resident memory. Cheap: the kernel keeps that number."""
    fields = (read_text(f"{PROC}/{pid}/statm") or "").split()
    return int(fields[1]) * os.sysconf("SC_PAGE_SIZE") if len(fields) > 1 else None


def read_memory(pid: int | str = "self") -> ResidentMemory | None:
    """Resident memory; proportional and private parts where the kernel offers the summed-up map (4.14 on)."""
    statm = read_text(f"{PROC}/{pid}/statm")
    if statm is None:
        return None
    resident = int(statm.split()[1]) * os.sysconf("SC_PAGE_SIZE")
    rollup = read_fields(f"{PROC}/{pid}/smaps_rollup")
    try:
        private = kilobytes(rollup["Private_Clean"]) + kilobytes(rollup["Private_Dirty"])
        return ResidentMemory(kilobytes(rollup["Rss"]), kilobytes(rollup["Pss"]), private)
    except (KeyError, ValueError):
        return ResidentMemory(resident, None, None)


def read_cgroup() -> dict[str, int] | None:
    """The memory limit and use of this process's control group, version 2 or 1, in bytes."""
    own = next(iter(read_cgroup_levels()), None)
    if own is None:
        return None
    return {"current_bytes": own.current, **({"limit_bytes": own.limit} if own.limit else {})}


def read_cgroup_levels(pid: int | str = "self") -> list[MemoryLevel]:
    """A process's control group and those above it. A container may see only its own, as the root."""
    memberships = [line.split(":", 2) for line in (read_text(f"{PROC}/{pid}/cgroup") or "").splitlines()]
    for hierarchy in HIERARCHIES:
        paths = [parts[2] for parts in memberships if len(parts) == 3 and hierarchy.holds(parts[1])]
        for path in [*paths, "/"]:
            folder = hierarchy.mount + path.rstrip("/")
            levels = []
            while len(folder) >= len(hierarchy.mount) and (level := read_level(hierarchy, folder)):
                levels.append(level)
                folder = folder.rpartition("/")[0]
            if levels:
                return levels
    return []


def read_level(hierarchy: Hierarchy, folder: str) -> MemoryLevel | None:
    current = (read_text(f"{folder}/{hierarchy.current}") or "").strip()
    limit = (read_text(f"{folder}/{hierarchy.limit}") or "").strip()
    statistics = dict(
        line.split(None, 1) for line in (read_text(f"{folder}/memory.stat") or "").splitlines() if " " in line
    )
    if not current.isdigit():
        return None
    limited = int(limit) if limit.isdigit() and int(limit) < UNLIMITED else 0
    return MemoryLevel(int(current), limited, int(statistics.get(hierarchy.reclaimable, 0)))


def read_started_at() -> str:
    """When this process started, as UTC in ISO 8601, or an empty text."""
    state = read_process(os.getpid())
    boot = next(
        (
            line.split()[1]
            for line in (read_text(f"{PROC}/stat") or "").splitlines()
            if line.startswith("btime ")
        ),
        None,
    )
    if state is None or boot is None:
        return ""
    seconds = int(boot) + state.started_ticks / os.sysconf("SC_CLK_TCK")
    return format_time(seconds)


def format_time(seconds: float) -> str:
    """A moment as the summary writes it: `2026-11-22T14:05:07.123456Z`."""
    moment = datetime.fromtimestamp(seconds, UTC)
    return moment.isoformat(timespec="microseconds").replace("+00:00", "Z")


def read_fields(path: str) -> dict[str, str]:
    lines = (line.partition(":") for line in (read_text(path) or "").splitlines())
    return {key: value.strip() for key, colon, value in lines if colon}


def kilobytes(text: str) -> int:
    return int(text.split()[0]) * 1024
