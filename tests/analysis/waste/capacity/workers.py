"""Workers that never were: snapshots whose memory, siblings and history are as a test says."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from heapdiff.analysis.comparison.captured import Captured
from heapdiff.analysis.waste.ground.worker import Worker
from heapdiff.graph.heap import HeapGraph
from heapdiff.model import Collector, MemoryHistory, MemoryUse, Sibling, Summary
from tests.analysis.summaries import summarize
from tests.heaps import heap

__all__ = ["MB", "history_of", "memory", "sibling", "snapshot", "worker"]

MB = 1_000_000
COLLECTOR = Collector(True, 0, (700, 10, 10), (1, 1, 1))


def memory(rss: float, private: float | None = None, shared: float = 5, **others: object) -> MemoryUse:
    """In megabytes; `private` is as good as all of it, unless given."""
    own = round((rss - shared if private is None else private) * MB)
    known = MemoryUse(
        round(rss * MB),
        own,
        own,
        0,
        private_dirty_bytes=own,
        shared_dirty_bytes=round(shared * MB),
    )
    return replace(known, **others)  # type: ignore[arg-type]


def sibling(
    pid: int, private: float, shared: float = 5, *, parent: bool = False, forked: bool = True
) -> Sibling:
    own, common = round(private * MB), round(shared * MB)
    return Sibling(pid, parent, forked, own + common, own, own, own, common)


def history_of(
    rss: Sequence[float], every_s: float = 60, requests: Sequence[int] | None = None
) -> MemoryHistory:
    """Megabytes, the last a moment before the capture."""
    ages = tuple(round(1000 * every_s * back) for back in range(len(rss), 0, -1))
    return MemoryHistory(
        ages, tuple(round(each * MB) for each in rss), None if requests is None else tuple(requests)
    )


def snapshot(
    used: MemoryUse, minute: int = 0, requests: int | None = None, server: str | None = "gunicorn"
) -> Summary:
    made = summarize(heap("shop.A: list"), minute, requests)
    return replace(
        made, memory=used, process=replace(made.process, server=server), collector=COLLECTOR, graph=None
    )


def worker(*summaries: Summary, graph: HeapGraph | None = None) -> Worker:
    last = len(summaries) - 1
    return Worker(
        [Captured(each, graph if at == last else None, each.id) for at, each in enumerate(summaries)]
    )
