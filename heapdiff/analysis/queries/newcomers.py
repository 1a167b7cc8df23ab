"""What a later snapshot keeps that an earlier one didn't have, however little: `show --since`.

Judges nothing: what `compare` takes for the noise of any process is listed, too. It's for two snapshots with little in between.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from heapdiff.analysis.comparison.captured import is_other_process
from heapdiff.analysis.growth.attribution import Growth, divide_growth
from heapdiff.analysis.growth.findings import Finding, Later, find_findings
from heapdiff.analysis.growth.survivors import find_survivors
from heapdiff.analysis.reach.routes import Routes, compute_routes
from heapdiff.analysis.verdict.garbage import compute_garbage
from heapdiff.analysis.witnesses.choosing import Witnesses
from heapdiff.answers import Allocated, Held, Keeper, Newcomers, SnapshotRef
from heapdiff.errors import UsageError
from heapdiff.graph.heap import HeapGraph

MOST_KEEPERS: Final = 200
MOST_TYPES: Final = 50
UNSAMPLED: Final = "No samples say which code allocated this: run heapdiff sample {} on first."


def list_newcomers(base: HeapGraph, graph: HeapGraph, paths: Sequence[str] = ("", "")) -> Newcomers:
    """Every holder that keeps something new, most bytes first, with the code that allocated it as far as samples say.

    Each new object counts once. heapdiff's own holders are left out. O(n + m) for each graph.
    """
    if base.summary is None or graph.summary is None:
        raise UsageError("a snapshot has no summary", "Give the .json file next to the .heap file.")
    if is_other_process(base.summary, graph.summary):
        raise UsageError(
            "the base snapshot is from another process", "Give an earlier snapshot of the same worker."
        )
    before, after = compute_routes(base), compute_routes(graph)
    growth = divide_growth(before, after, find_survivors(before, after))
    findings = find_findings(Later(after, growth))
    witnesses = Witnesses(graph, base)
    waited, waits = compute_garbage(before), compute_garbage(after)
    of_all = np.concatenate([np.zeros(0, np.int64), *(_new_below(growth, each) for each in findings)])
    notes = () if graph.samples is not None else (UNSAMPLED.format(graph.summary.process.pid),)
    return Newcomers(
        snapshots=(
            SnapshotRef.of(base.summary, paths[0] or base.summary.id),
            SnapshotRef.of(graph.summary, paths[1] or graph.summary.id),
        ),
        keepers=tuple(_describe(after, growth, witnesses, each) for each in findings[:MOST_KEEPERS]),
        allocated=_name_lines(witnesses, of_all),
        unreachable_objects_delta=waits.objects - waited.objects,
        unreachable_bytes_delta=waits.bytes - waited.bytes,
        notes=notes,
    )


def _describe(routes: Routes, growth: Growth, witnesses: Witnesses, finding: Finding) -> Keeper:
    graph, place = routes.graph, finding.place
    groups = [growth.groups[number] for number in finding.groups]
    return Keeper(
        path=place.path if not finding.alike else place.path_with_masks(),
        type=graph.type_name(place.node),
        kind=place.kind,
        chain=place.chain,
        holds=_add_up([(name, *held) for group in groups for name, held in group.held.items()]),
        objects=sum(group.objects for group in groups),
        bytes=sum(group.bytes for group in groups),
        holders=finding.holders,
        allocated=_name_lines(witnesses, _new_below(growth, finding)),
    )


def _add_up(rows: Sequence[tuple[str, int, int]]) -> tuple[Held, ...]:
    """By type; what a class of the application says tells more than plain values, so bytes don't decide the order alone."""
    sums: defaultdict[str, list[int]] = defaultdict(lambda: [0, 0])
    for name, objects, size in rows:
        sums[name][0] += objects
        sums[name][1] += size
    held = [Held(name, objects, size) for name, (objects, size) in sums.items() if objects or size]
    held.sort(key=lambda each: ("." not in each.type, -each.bytes_delta, each.type))
    return tuple(held[:MOST_TYPES])


def _new_below(growth: Growth, finding: Finding) -> NDArray[np.int64]:
    return growth.members_of(finding.groups)


def _name_lines(witnesses: Witnesses, nodes: NDArray[np.int64]) -> tuple[Allocated, ...]:
    """None rather than lines that allocated what had the memory before: with few samples, there's nothing to outweigh them."""
    marked = np.zeros(len(witnesses.graph), np.bool_)
    marked[nodes] = True
    testimony = witnesses.ask_of(marked)
    return () if testimony.doubtful else testimony.first
