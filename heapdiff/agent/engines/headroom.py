"""Whether there is room for a capture: memory for the child, disk for the files.

The figures stand here only and are argued in `docs/decisions/0012-headroom.md`. `native/capture/headroom.c` is given them
when the agent is armed, and judges by the same rule.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Final, NamedTuple

from heapdiff.agent.system.memory_limits import disk_left, memory_ends_together, memory_left

MIB: Final = 1 << 20


class MemoryNeed(NamedTuple):
    """Bytes and a share of RSS: where the kernel ends the child alone, and where its whole control group."""

    bytes: float
    share: float
    share_together: float


class DiskNeed(NamedTuple):
    """A first graph is a share of RSS, later ones the last one times the growth of RSS; some stays free for others."""

    first_share: float
    margin: float
    summary_bytes: float
    reserve_share: float
    reserve_most: float


class Needs(NamedTuple):
    """What a capture may need with its graph and without."""

    graph: MemoryNeed
    summary: MemoryNeed
    disk: DiskNeed


DISK: Final = DiskNeed(1 / 6, 1.25, 2 * MIB, 1 / 20, 256 * MIB)
PYTHON: Final = MemoryNeed(64 * MIB, 1, 1)  # a walk in Python has the heap there twice in the end
NEEDS: Final = {
    "native": Needs(
        MemoryNeed(24 * MIB, 1 / 64 + 1 / 4, 1 / 64 + 3 / 5),
        MemoryNeed(16 * MIB, 1 / 64 + 1 / 8, 1 / 64 + 3 / 10),
        DISK,
    ),
    "gc": Needs(PYTHON, PYTHON, DISK),
}


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


def judge_headroom(needs: Needs, size: CaptureSize, pid: int | str = "self") -> Room:
    """How much of a snapshot there is room for, in a process's own control groups."""
    memory, disk = judge_memory(needs, size.rss_bytes, pid), judge_disk(needs.disk, size)
    return min(memory, disk, key=lambda room: (room.summary, room.graph))


def judge_memory(needs: Needs, rss_bytes: int, pid: int | str) -> Room:
    left, where = memory_left(pid)
    together = memory_ends_together(pid)
    graph, summary = (
        need.bytes + rss_bytes * (need.share_together if together else need.share)
        for need in (needs.graph, needs.summary)
    )
    end = ", and the kernel would end the whole group (memory.oom.group)" if together else ""
    return judge("memory", graph, summary, left, where, end)


def judge_disk(need: DiskNeed, size: CaptureSize) -> Room:
    graph = size.rss_bytes * need.first_share
    if size.last_graph_bytes and size.last_rss_bytes:
        graph = size.last_graph_bytes * max(size.rss_bytes / size.last_rss_bytes, 1) * need.margin
    left, total = disk_left(size.directory)
    reserve = min(total * need.reserve_share, need.reserve_most)
    where, end = str(size.directory), " (snapshot --to PATH writes elsewhere)"
    return judge("disk space", graph + need.summary_bytes + reserve, need.summary_bytes, left, where, end)


def judge(what: str, graph: float, summary: float, left: int | None, where: str, end: str = "") -> Room:
    if left is None or left >= graph:
        return Room()
    whose, needed = ("a graph", graph) if left >= summary else ("even a summary", summary)
    reason = f"too little {what}: {whose} needs about {needed / 1e6:.1f} MB, {where} leaves {left / 1e6:.1f} MB{end}"
    return Room(graph=False, summary=left >= summary, reason=reason)
