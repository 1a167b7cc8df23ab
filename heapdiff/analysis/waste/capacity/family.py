"""The workers of one server, as the latest snapshot of one of them shows them, and the memory that they are given together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from heapdiff.analysis.waste.ground.worker import Worker
from heapdiff.knowledge.advice.capacity import FULL
from heapdiff.knowledge.advice.servers import STARTING_ANEW
from heapdiff.model import MemoryUse, Sibling, Summary


@dataclass(frozen=True, slots=True)
class Member:
    """Bytes of one worker: resident, its own, and of these what isn't a file's."""

    pid: int
    rss: int
    private: int
    private_dirty: int
    shared_dirty: int


@dataclass(frozen=True, slots=True)
class Family:
    """`own` is the worker that advice is for, one of `workers`. `forked`: all are from one parent that could load for them."""

    own: Member
    workers: tuple[Member, ...]
    forked: bool

    def __len__(self) -> int:
        return len(self.workers)


def find_family(worker: Worker) -> Family | None:
    """None where the snapshot doesn't say what the worker shares, or isn't a server's."""
    summary = worker.latest.summary
    own, server = _own_member(summary), summary.process.server
    if own is None or summary.memory.siblings is None or server is None:
        return None
    known = {
        each.summary.process.pid: member
        for each in worker.others
        if each.summary.process.host == summary.process.host and (member := _own_member(each.summary))
    }
    siblings = [
        each
        for each in summary.memory.siblings
        if not each.parent and (each.forked or server in STARTING_ANEW)
    ]
    others = tuple(known.get(each.pid) or _member(each, own) for each in siblings)
    parent = any(each.parent and each.forked for each in summary.memory.siblings)
    return Family(own, (own, *others), parent and all(each.forked for each in siblings))


def _own_member(summary: Summary) -> Member | None:
    memory = summary.memory
    if (
        memory.private_bytes is None
        or memory.private_dirty_bytes is None
        or memory.shared_dirty_bytes is None
    ):
        return None
    return Member(
        summary.process.pid,
        memory.rss_bytes,
        memory.private_bytes,
        memory.private_dirty_bytes,
        memory.shared_dirty_bytes,
    )


def _member(sibling: Sibling, own: Member) -> Member:
    """While a child walks its heap, all that a process has seems to be shared; then it's taken to be as this one is."""
    alike = sibling.rss_bytes / own.rss if own.rss else 1.0
    if sibling.private_dirty_bytes >= own.private_dirty * alike / 2:
        dirty, private, shared = (
            sibling.private_dirty_bytes,
            sibling.private_bytes,
            sibling.shared_dirty_bytes,
        )
    else:
        dirty, private, shared = (
            round(amount * alike) for amount in (own.private_dirty, own.private, own.shared_dirty)
        )
    return Member(sibling.pid, sibling.rss_bytes, private, dirty, shared)


@dataclass(frozen=True, slots=True)
class Ceiling:
    """What a worker's RSS must stay below, with `margin` to spare, and which limit says so."""

    rss: float
    margin: float
    said_by: str

    @property
    def safe(self) -> float:
        return self.rss - self.margin


def find_ceiling(memory: MemoryUse, workers: int) -> Ceiling | None:
    """The control group's limit, if all its workers grow alike, else the threshold that the user set; None without either."""
    limit = limit_of(memory)
    if limit is not None:
        left = max(limit - used_of(memory), 0) / workers
        return Ceiling(memory.rss_bytes + left, min(limit * (1 - FULL) / workers, left), "the memory limit")
    if memory.trigger_rss_bytes is not None:
        threshold = float(memory.trigger_rss_bytes)
        return Ceiling(threshold, threshold * (1 - FULL), "HEAPDIFF_AT_RSS")
    return None


def limit_of(memory: MemoryUse) -> int | None:
    return (memory.cgroup or {}).get("limit_bytes")


def used_of(memory: MemoryUse) -> int:
    """Of the control group's memory, what the kernel can't take back."""
    group = memory.cgroup or {}
    return max(group.get("current_bytes", 0) - group.get("reclaimable_bytes", 0), 0)


def total_private(workers: Sequence[Member]) -> int:
    return sum(each.private for each in workers)
