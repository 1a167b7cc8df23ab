"""The snapshots that are compared: each one once, with its graph if it has one, and what they say of their process."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from heapdiff.answers import SnapshotRef
from heapdiff.errors import UsageError
from heapdiff.graph.heap import HeapGraph
from heapdiff.model import Summary


@dataclass(frozen=True)
class Captured:
    """A snapshot as the user named it; `graph` is None where only the summary is there."""

    summary: Summary
    graph: HeapGraph | None
    path: str


def gather(
    graphs: Sequence[HeapGraph | None], summaries: Sequence[Summary] | None, paths: Sequence[str] | None
) -> list[Captured]:
    captured = []
    for number, graph in enumerate(graphs):
        summary = summaries[number] if summaries is not None else graph.summary if graph is not None else None
        if summary is None:
            raise UsageError("a snapshot has no summary", "Give the .json file next to the .heap file.")
        captured.append(Captured(summary, graph, paths[number] if paths is not None else summary.id))
    return captured


def keep_distinct(named: Sequence[Captured]) -> list[Captured]:
    """Each snapshot once, where it was named first; with its graph, if it was named with one anywhere."""
    found: dict[tuple[str, str], Captured] = {}
    for each in named:
        key = each.summary.id, each.summary.captured_at
        known = found.setdefault(key, each)
        if known.graph is None and each.graph is not None:
            found[key] = each
    return list(found.values())


def keep_whole(captured: Sequence[Captured]) -> list[Captured]:
    """Those that count all objects: beside one that had no memory to, every type would seem to have shrunk."""
    return [each for each in captured if each.summary.capture.counted == "all"]


def refer(summary: Summary, path: str) -> SnapshotRef:
    """The snapshot as the head of a finding names it."""
    return SnapshotRef(
        path=path,
        id=summary.id,
        captured_at=summary.captured_at,
        pid=summary.process.pid,
        objects=summary.capture.objects,
        bytes=summary.capture.bytes,
        rss_bytes=summary.memory.rss_bytes,
        requests=summary.process.requests,
        label=summary.label,
        host=summary.process.host,
        started_at=summary.process.started_at,
        identity=summary.process.identity,
    )


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
