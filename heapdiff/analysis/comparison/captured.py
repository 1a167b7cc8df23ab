"""The snapshots that are compared: each one once, with its graph if it has one, and what they say of their process."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from heapdiff.errors import UsageError
from heapdiff.graph.heap import HeapGraph
from heapdiff.model import Summary

OpenGraph = Callable[[], HeapGraph]
Source = HeapGraph | OpenGraph  # a graph, or what reads it: as often as it's needed, and only then


@dataclass(frozen=True)
class Captured:
    """A snapshot as the user named it; `source` is None where only the summary is there."""

    summary: Summary
    source: Source | None
    path: str

    @property
    def graph(self) -> HeapGraph | None:
        """Its graph where it's in memory."""
        return self.source if isinstance(self.source, HeapGraph) else None

    def open(self) -> HeapGraph:
        """Its graph, which it must have; read now where it isn't in memory."""
        assert self.source is not None, self.path
        return self.source if isinstance(self.source, HeapGraph) else self.source()


def gather(
    sources: Sequence[Source | None], summaries: Sequence[Summary] | None, paths: Sequence[str] | None
) -> list[Captured]:
    captured = []
    for number, source in enumerate(sources):
        summary = source.summary if isinstance(source, HeapGraph) else None
        summary = summary if summaries is None else summaries[number]
        if summary is None:
            raise UsageError("a snapshot has no summary", "Give the .json file next to the .heap file.")
        captured.append(Captured(summary, source, paths[number] if paths is not None else summary.id))
    return captured


def keep_distinct(named: Sequence[Captured]) -> list[Captured]:
    """Each snapshot once, where it was named first; with its graph, if it was named with one anywhere."""
    found: dict[tuple[str, str], Captured] = {}
    for each in named:
        key = each.summary.id, each.summary.captured_at
        known = found.setdefault(key, each)
        if known.source is None and each.source is not None:
            found[key] = each
    return list(found.values())


def keep_whole(captured: Sequence[Captured]) -> list[Captured]:
    """Those that count all objects: beside one that had no memory to, every type would seem to have shrunk."""
    return [each for each in captured if each.summary.capture.counted == "all"]


def process_of(summary: Summary) -> tuple[int, str, str, str]:
    process = summary.process
    return process.pid, process.host, process.started_at, process.identity


def is_other_process(one: Summary | None, other: Summary | None) -> bool:
    """Whether two snapshots are known to come from different processes."""
    return one is not None and other is not None and process_of(one) != process_of(other)


def count_requests(ordered: Sequence[Captured]) -> tuple[int, ...]:
    """Requests served from each snapshot to the next; empty where one does not know."""
    counts = [each.summary.process.requests for each in ordered]
    known = [count for count in counts if count is not None]
    if len(known) < len(counts):
        return ()
    return tuple(int(change) for change in np.diff(np.array(known, np.int64)))
