"""Whether there is room for a capture: memory for the child, disk for the files.

The figures stand here only and are argued in `docs/decisions/0019-headroom-measured.md`. `native/capture/headroom.c` is
given them when the agent is armed, and judges by the same rule.
"""

from enum import IntEnum
from pathlib import Path
from typing import Final, NamedTuple

from heapdiff.agent.system.memory_limits import (
    disk_left,
    is_in_memory,
    memory_ends_together,
    memory_left,
)

MB: Final = 1_000_000
MIB: Final = 1 << 20


class Room(IntEnum):
    """How much of a snapshot there is room for, each less than the one before.

    TRACKED: types of what the garbage collector tracks, found without a set of what was seen. FIGURES: of the process's
    memory, without a fork.
    """

    GRAPH = 0
    SUMMARY = 1
    TRACKED = 2
    FIGURES = 3
    NONE = 4


class MemoryNeed(NamedTuple):
    """Bytes, and multiples of RSS, of the page tables, and of what the process copies by writing while a child walks.

    `…_together`: where the kernel may end the process as well, not the child alone.
    """

    bytes: float
    rss: float = 0
    tables: float = 0
    copies: float = 0
    rss_together: float = 0
    copies_together: float = 0


class DiskNeed(NamedTuple):
    """A first graph is a share of RSS, later ones the last one times the growth of RSS; some stays free for others."""

    first_share: float
    margin: float
    summary_bytes: float
    reserve_share: float
    reserve_most: float


class Needs(NamedTuple):
    """What a capture may need, by how much of it there is. `reserve`: with less left than that, a child at work is ended;
    where the kernel ends the child alone, it does so better than its parent could.

    `copies_least`: what a process copies that is asked for something at all.
    """

    graph: MemoryNeed
    summary: MemoryNeed
    tracked: MemoryNeed
    reserve: MemoryNeed
    copies_least: float
    disk: DiskNeed


DISK: Final = DiskNeed(1 / 6, 1.25, 2 * MIB, 1 / 20, 256 * MIB)
PYTHON: Final = MemoryNeed(64 * MIB, rss=1)  # a walk in Python has the heap there twice in the end
NEEDS: Final = {
    "native": Needs(
        graph=MemoryNeed(2 * MIB, tables=7, copies=1.5, rss_together=1 / 64, copies_together=2.5),
        summary=MemoryNeed(1 * MIB, tables=6, copies=1, rss_together=1 / 64, copies_together=2),
        tracked=MemoryNeed(3 / 4 * MIB, tables=2, copies=1, rss_together=1 / 64, copies_together=2),
        reserve=MemoryNeed(0, rss_together=1 / 64, copies_together=1),
        copies_least=5 * MIB,
        disk=DISK,
    ),
    "gc": Needs(PYTHON, PYTHON, PYTHON, MemoryNeed(0), 0, DISK),
}


class Judgement(NamedTuple):
    """What there is room for, and why it is not everything: the end of a sentence."""

    room: Room = Room.GRAPH
    reason: str = ""


class CaptureHistory(NamedTuple):
    """What earlier captures of the process cost: its last graph, its RSS then, and what it copied; 0 where there were none."""

    graph_bytes: int = 0
    rss_bytes: int = 0
    copied_bytes: int = 0


class CaptureSize(NamedTuple):
    """What is known of a capture to come. `table_bytes`: the process's page tables."""

    directory: Path
    rss_bytes: int
    table_bytes: int = 0
    history: CaptureHistory = CaptureHistory()


class Limit(NamedTuple):
    """What a limit leaves, and what of it each kind of snapshot wants, in the order of `Room`."""

    what: str
    left: int | None
    where: str
    wanted: tuple[float, float, float, float]
    end: str = ""

    def room(self) -> Room:
        enough = (
            kind for kind in Room if kind is Room.NONE or self.left is None or self.left >= self.wanted[kind]
        )
        return next(enough)


WHOSE: Final = ("", "a graph", "a full summary", "even a walk", "even a summary")


def judge_headroom(needs: Needs, size: CaptureSize, pid: int | str = "self") -> Judgement:
    """How much of a snapshot there is room for, in a process's own control groups."""
    tightest = max(limit_memory(needs, size, pid), limit_disk(needs.disk, size), key=Limit.room)
    room = tightest.room()
    if room is Room.GRAPH or tightest.left is None:
        return Judgement()
    needed, left = tightest.wanted[room - 1] / MB, tightest.left / MB
    return Judgement(
        room,
        f"too little {tightest.what}: {WHOSE[room]} needs about {needed:.1f} MB, "
        f"{tightest.where} leaves {left:.1f} MB{tightest.end}",
    )


def limit_memory(needs: Needs, size: CaptureSize, pid: int | str) -> Limit:
    left, where = memory_left(pid)
    end = memory_ends_together(pid)
    graph, summary, tracked = (
        memory_needed(need, needs.copies_least, size, bool(end))
        for need in (needs.graph, needs.summary, needs.tracked)
    )
    file = expect_graph(needs.disk, size) if is_in_memory(size.directory) else 0
    return Limit("memory", left, where, (graph + file, summary, tracked, 0), end)


def memory_needed(need: MemoryNeed, copies_least: float, size: CaptureSize, together: bool) -> float:
    copies = max(size.history.copied_bytes, copies_least)
    return (
        need.bytes
        + size.table_bytes * need.tables
        + size.rss_bytes * (need.rss + (need.rss_together if together else 0))
        + copies * (need.copies_together if together else need.copies)
    )


def expect_graph(need: DiskNeed, size: CaptureSize) -> float:
    last = size.history
    if not last.graph_bytes or not last.rss_bytes:
        return size.rss_bytes * need.first_share
    return last.graph_bytes * max(size.rss_bytes / last.rss_bytes, 1) * need.margin


def limit_disk(need: DiskNeed, size: CaptureSize) -> Limit:
    left, total = disk_left(size.directory)
    reserve, least = min(total * need.reserve_share, need.reserve_most), need.summary_bytes
    graph = expect_graph(need, size) + least + reserve
    end = " (snapshot --to PATH writes elsewhere)"
    return Limit("disk space", left, str(size.directory), (graph, least, least, least), end)
