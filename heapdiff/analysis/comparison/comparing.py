"""Compares snapshots of one process: types, memory, suspects, verdict.

The order of the work; no analysis itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from shlex import join
from typing import Final

import numpy as np

from heapdiff.analysis.comparison.memory import compute_memory_change, compute_unexplained
from heapdiff.analysis.comparison.types import compute_type_growth
from heapdiff.analysis.comparison.verdict import Evidence, decide
from heapdiff.analysis.growth.attribution import divide_growth
from heapdiff.analysis.growth.findings import Later
from heapdiff.analysis.growth.survivors import find_survivors
from heapdiff.analysis.reach.ownership import Ownership
from heapdiff.analysis.reach.routes import Routes, compute_routes
from heapdiff.analysis.suspects.ranking import find_suspects
from heapdiff.analysis.trends.idle import has_idle_step, join_idle_steps
from heapdiff.answers import Comparison, Garbage, SnapshotRef, Suspect
from heapdiff.errors import UsageError
from heapdiff.graph.heap import HeapGraph
from heapdiff.model import Summary, TypeCount

__all__ = ["compare", "is_other_process", "refer"]

GARBAGE_TYPES: Final = 10


@dataclass(frozen=True)
class _Captured:
    summary: Summary
    graph: HeapGraph | None
    path: str


def compare(
    graphs: Sequence[HeapGraph | None],
    summaries: Sequence[Summary] | None = None,
    paths: Sequence[str] | None = None,
) -> Comparison:
    """What grew from the first to the last snapshot, in the order in which they were taken.

    `graphs` may hold None where only the summary is there; then `summaries` must say it. `paths` are the
    names that the user gave. O(n + m) per snapshot.
    """
    named = _gather(graphs, summaries, paths)
    captured = _distinct(named)
    if len(captured) < 2:
        raise UsageError(_too_few(named), "Name an earlier or later snapshot of the same process as well.")
    ordered = sorted(captured, key=lambda each: (each.summary.captured_at, each.summary.id))
    notes = _repeated(named, captured) + _notes(captured, ordered)
    before, after = ordered[0].summary, ordered[-1].summary
    same_process = all(_process(each.summary) == _process(before) for each in ordered)
    drawn = [each for each in ordered if each.graph is not None]
    suspects, garbage, garbage_delta = _analyse(drawn, same_process)
    modules = drawn[-1].graph.modules if drawn and drawn[-1].graph is not None else {}
    types = compute_type_growth(before.types, after.types, Ownership.of(modules))
    memory = compute_memory_change(before, after)
    verdict = decide(
        Evidence(
            before=before,
            after=after,
            suspects=suspects,
            types=types,
            memory=memory,
            unexplained=_unexplained(ordered),
            garbage=garbage,
            garbage_delta=garbage_delta,
            snapshots=len(ordered),
            graphs=len(drawn),
            steps=_count_steps(drawn),
            same_process=same_process,
        )
    )
    return Comparison(
        snapshots=tuple(refer(each.summary, each.path) for each in ordered),
        verdict=verdict,
        memory=memory,
        suspects=suspects,
        types=types,
        garbage=garbage,
        notes=tuple(notes),
        commands=() if same_process else _commands(ordered),
    )


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
    )


def _gather(
    graphs: Sequence[HeapGraph | None], summaries: Sequence[Summary] | None, paths: Sequence[str] | None
) -> list[_Captured]:
    captured = []
    for number, graph in enumerate(graphs):
        summary = summaries[number] if summaries is not None else graph.summary if graph is not None else None
        if summary is None:
            raise UsageError("a snapshot has no summary", "Name the .json beside the .heap.")
        captured.append(_Captured(summary, graph, paths[number] if paths is not None else summary.id))
    return captured


def _distinct(named: Sequence[_Captured]) -> list[_Captured]:
    """Each snapshot once, where it was named first; with its graph, if it was named with one anywhere."""
    found: dict[tuple[str, str], _Captured] = {}
    for each in named:
        key = each.summary.id, each.summary.captured_at
        known = found.setdefault(key, each)
        if known.graph is None and each.graph is not None:
            found[key] = each
    return list(found.values())


def _too_few(named: Sequence[_Captured]) -> str:
    if len(named) < 2:
        return "a comparison takes at least two snapshots"
    return f"{named[0].path}: the same snapshot {len(named):,} times, compared with nothing"


def _repeated(named: Sequence[_Captured], captured: Sequence[_Captured]) -> list[str]:
    more = len(named) - len(captured)
    if not more:
        return []
    return [f"{more:,} of the {len(named):,} names are of a snapshot that was named already: it counts once."]


def _process(summary: Summary) -> tuple[int, str, str]:
    return summary.process.pid, summary.process.host, summary.process.started_at


def is_other_process(one: Summary | None, other: Summary | None) -> bool:
    """Whether two snapshots are known to come from different processes."""
    return one is not None and other is not None and _process(one) != _process(other)


def _analyse(drawn: Sequence[_Captured], same_process: bool) -> tuple[tuple[Suspect, ...], Garbage, int]:
    """Suspects, and what waits for the collector, from the snapshots that have a graph."""
    routes = [compute_routes(each.graph) for each in drawn if each.graph is not None]
    if not routes:
        return (), Garbage(0, 0), 0
    garbage = _garbage(routes[-1])
    if not same_process or len(routes) < 2:
        return (), garbage, 0
    first = routes[0]
    steps = [Later(later, divide_growth(first, later, find_survivors(first, later))) for later in routes[1:]]
    suspects = find_suspects(first, steps, _requests(drawn))
    return suspects, garbage, garbage.bytes - _garbage(first).bytes


def _garbage(routes: Routes) -> Garbage:
    """What no root reaches; pseudo nodes are no objects and always rooted."""
    graph = routes.graph
    lost = np.flatnonzero(~routes.reached)
    sums: dict[str, tuple[int, int]] = {}
    numbers, place = np.unique(graph.type_ids[lost], return_inverse=True)
    counts, weights = np.bincount(place), np.bincount(place, graph.sizes[lost])
    for number, more, weight in zip(numbers.tolist(), counts.tolist(), weights.tolist(), strict=True):
        count, size = sums.get(graph.types[number].name, (0, 0))
        sums[graph.types[number].name] = (count + more, size + int(weight))
    types = sorted(
        (TypeCount(name, count, size) for name, (count, size) in sums.items()),
        key=lambda entry: (-entry.bytes, entry.type),
    )
    return Garbage(len(lost), int(graph.sizes[lost].sum()), tuple(types[:GARBAGE_TYPES]))


def _requests(ordered: Sequence[_Captured]) -> tuple[int, ...]:
    """Requests served from each snapshot to the next; empty where one does not know."""
    counts = [each.summary.process.requests for each in ordered]
    known = [count for count in counts if count is not None]
    if len(known) < len(counts):
        return ()
    return tuple(int(change) for change in np.diff(np.array(known, np.int64)))


def _unexplained(ordered: Sequence[_Captured]) -> tuple[int, ...]:
    """Growth of the process beyond its Python objects, in each step but idle ones."""
    missing = [compute_unexplained(earlier.summary, later.summary) for earlier, later in pairwise(ordered)]
    return join_idle_steps(missing, _requests(ordered))


def _missing_graphs(ordered: Sequence[_Captured]) -> list[str]:
    missing = [each.path for each in ordered if each.graph is None]
    drawn = [each.path for each in ordered if each.graph is not None]
    if not missing:
        return []
    told = f"No graph for {', '.join(missing)}: "
    if len(drawn) < 2:
        return [f"{told}only types are compared, not who holds them."]
    return [f"{told}who holds what is compared from {drawn[0]} to {drawn[-1]} without it."]


def _count_steps(drawn: Sequence[_Captured]) -> int:
    """Steps by which growth can be judged: between graphs, without idle ones."""
    return len(join_idle_steps([0] * (len(drawn) - 1), _requests(drawn)))


def _commands(ordered: Sequence[_Captured]) -> tuple[str, ...]:
    """One comparison for each process that has snapshots enough, in the order in which they were taken."""
    of_process: dict[tuple[int, str, str], list[str]] = {}
    for each in ordered:
        of_process.setdefault(_process(each.summary), []).append(each.path)
    return tuple(join(("heapdiff", "compare", *paths)) for paths in of_process.values() if len(paths) > 1)


def _several_processes(ordered: Sequence[_Captured]) -> list[str]:
    processes = {_process(each.summary) for each in ordered}
    if len(processes) < 2:
        return []
    pids = ", ".join(str(pid) for pid in sorted({pid for pid, _, _ in processes}))
    return [
        f"The snapshots come from {len(processes)} different processes (pid {pids}); a worker may "
        "have been restarted. Compare snapshots of one worker to see who keeps what grows"
        f"{':' if _commands(ordered) else '.'}"
    ]


def _notes(captured: Sequence[_Captured], ordered: Sequence[_Captured]) -> list[str]:
    notes = []
    if list(captured) != list(ordered):
        notes.append("The snapshots were put into the order in which they were taken.")
    notes += _missing_graphs(ordered)
    if has_idle_step(_requests(ordered)) and not _several_processes(ordered):
        notes.append("Steps in which no request was served tell nothing about growth per request.")
    engines = sorted({each.summary.capture.engine for each in ordered})
    if len(engines) > 1:
        notes.append(
            f"Different engines took the snapshots ({', '.join(engines)}), which do not see quite "
            "the same objects: part of the difference may be theirs."
        )
    notes += _several_processes(ordered)
    return notes
