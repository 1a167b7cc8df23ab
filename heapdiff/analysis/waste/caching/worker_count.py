"""How many workers serve the same application, as far as the snapshots tell."""

from __future__ import annotations

from dataclasses import dataclass

from heapdiff.analysis.waste.ground.worker import Worker
from heapdiff.model import ProcessInfo


@dataclass(frozen=True, slots=True)
class Together:
    """All workers: how many, and the bytes of their objects."""

    count: int
    bytes: int


def count_workers(worker: Worker) -> Together:
    """This one, and those that were named or that it has as siblings. They're taken to be as large as it is, where unseen."""
    mine = worker.latest.summary
    alike = [each.summary for each in worker.others if are_siblings(mine.process, each.summary.process)]
    siblings = mine.memory.siblings or ()
    count = max(1 + len(alike), 1 + sum(not each.parent for each in siblings))
    seen = 1 + len(alike)
    known = mine.capture.bytes + sum(each.capture.bytes for each in alike)
    return Together(count, known + (count - seen) * mine.capture.bytes)


def are_siblings(one: ProcessInfo, other: ProcessInfo) -> bool:
    """Whether they were started by one master, to do the same."""
    return (one.host, one.parent_pid, one.argv) == (other.host, other.parent_pid, other.argv)
