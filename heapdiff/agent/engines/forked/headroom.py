"""Whether there is room for a capture by a Python engine: memory for the child, disk for the files.

Twin of `native/headroom.c`; the figures are argued in `docs/decisions/0012-headroom.md`.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from heapdiff.agent.system.memory_limits import disk_left, memory_left

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
    free, total = disk_left(size.directory)
    reserve = min(total // 20, MOST_RESERVED)  # stays free for others
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
