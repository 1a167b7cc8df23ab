"""Whether there is room for a capture by a Python engine: memory for the child, disk for the files.

Twin of `native/headroom.c`; the figures are argued in `docs/decisions/0012-headroom.md`.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from heapdiff.agent.system.procfs import read_cgroup_levels, read_fields

MIB: Final = 1 << 20
MOST_RESERVED: Final = 256 * MIB
SUMMARY_BYTES: Final = 2 * MIB
OWN_BYTES: Final = 64 * MIB


@dataclass(frozen=True, slots=True)
class Room:
    """What there is room for, and why it is not everything: the end of a sentence."""

    graph: bool = True
    summary: bool = True
    reason: str = ""


@dataclass(frozen=True, slots=True)
class CaptureSize:
    """What is known of a capture to come; the process's last graph and its RSS then, or 0."""

    directory: Path
    rss_bytes: int
    last_graph_bytes: int = 0
    last_rss_bytes: int = 0


def needed_bytes(rss_bytes: int, engine: str) -> int:
    """The memory that a capture with its graph may take. A walk in Python has the heap there twice in the end."""
    if engine == "native":
        return 24 * MIB + rss_bytes // 64 + rss_bytes // 4
    return OWN_BYTES + rss_bytes


def judge_headroom(size: CaptureSize) -> Room:
    """What a Python engine has room for."""
    needs = needed_bytes(size.rss_bytes, "gc")
    left, where = memory_left()
    if left is not None and left < needs:
        return Room(False, False, explain("memory", "a capture by this engine", needs, where, left))
    graph = estimate_graph(size) + SUMMARY_BYTES
    free, reserve = disk_left(size.directory)
    where = "the directory's file system"
    if free is None or free >= graph + reserve:
        return Room()
    if free >= SUMMARY_BYTES:
        return Room(False, True, explain("disk space", "a graph", graph + reserve, where, free))
    return Room(False, False, explain("disk space", "even a summary", SUMMARY_BYTES, where, free))


def explain(what: str, whose: str, needed: int, where: str, left: int) -> str:
    return (
        f"too little {what}: {whose} needs about {needed / MIB:.1f} MiB, {where} leaves {left / MIB:.1f} MiB"
    )


def estimate_graph(size: CaptureSize) -> int:
    if not size.last_graph_bytes or not size.last_rss_bytes:
        return size.rss_bytes // 6
    return int(size.last_graph_bytes * max(size.rss_bytes / size.last_rss_bytes, 1) * 1.25)


def disk_left(directory: Path) -> tuple[int | None, int]:
    """Free bytes, and those that stay free for others."""
    try:
        disk = os.statvfs(directory)
    except OSError:
        return None, 0
    return disk.f_bavail * disk.f_frsize, min(disk.f_blocks * disk.f_frsize // 20, MOST_RESERVED)


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


def memory_limit() -> int:
    """The tightest limit over this process: its control groups', else the machine's memory; 0: not known."""
    limits = [level.limit for level in read_cgroup_levels()] + [read_machine("MemTotal")]
    return min((limit for limit in limits if limit), default=0)


def read_machine(name: str) -> int:
    fields = read_fields("/proc/meminfo").get(name, "").split()
    return int(fields[0]) * 1024 if fields and fields[0].isdigit() else 0
