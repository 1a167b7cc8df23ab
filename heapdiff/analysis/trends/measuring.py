"""How a finding grew from snapshot to snapshot: its steps, and what is known to end it. Judges nothing."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime
from itertools import pairwise
from typing import Final

import numpy as np

from heapdiff.analysis.growth.attribution import Group
from heapdiff.analysis.growth.findings import Finding, Later
from heapdiff.analysis.holders.holder import find_owner
from heapdiff.analysis.holders.shapes import attributes_of, shape_of, stops_at_bound
from heapdiff.analysis.reach.routes import Routes
from heapdiff.analysis.trends.judgement import FAR_BYTES, Trend
from heapdiff.analysis.trends.lengths import compare_keys, count_taken
from heapdiff.answers import Held
from heapdiff.format import RootKind
from heapdiff.graph.heap import HeapGraph
from heapdiff.knowledge.pattern import Pattern

__all__ = ["compute_trend"]

CODE_TYPES: Final = frozenset(("function", "code", "type", "module", "cell", "property"))
BOUNDED_CACHE_SIZE: Final = 1024
BOUND: Final = re.compile(r"_*(max_?(size|len|length|entries|items|count)|size_?limit|capacity|limit)")
NEAR_BYTES: Final = 256 << 20  # what any worker may use
MUCH_LARGER: Final = 4  # times what the process takes now


def compute_trend(
    finding: Finding,
    first: Routes,
    steps: Sequence[Later],
    lengths: Sequence[int | None],
    requests: tuple[int, ...],
    held: tuple[Held, ...],
    patterns: tuple[Pattern, ...],
) -> Trend:
    """Growth from snapshot to snapshot, in entries if the holder's length is known all along, else in
    objects.
    """
    totals, objects = _totals(finding, steps)
    last = steps[-1]
    known = [length for length in lengths if length is not None]
    by_length_known = len(known) == len(lengths)
    by_length = by_length_known and known[-1] > known[0]
    same = by_length_known and set(known) == {known[0]} and known[0] > 0
    taken = count_taken(finding, first, steps) if same else None
    kept = compare_keys(finding, first, steps) if same else None
    in_place = kept is True and objects[-1] <= 0
    most = _most_entries(last.routes.graph, finding) if by_length_known else None
    return Trend(
        units=_differences(known if by_length else taken or objects),
        bytes=_differences(totals),
        requests=requests,
        unit="entry" if by_length or taken else "object" if (held or known) and not in_place else "byte",
        bounded=(most is None and _looks_bounded(last.routes.graph, finding, held, known, len(steps)))
        or any(pattern.bounds(known[-1] if known else None) for pattern in patterns),
        most=most,
        table=any(pattern.table for pattern in patterns),
        imports=_brings_imports(finding, last, held, len(steps)),
        refilled=by_length_known and known[-1] == known[0] > 0 and kept is not True,
        replaced=kept is False,
        places=known[0] if taken else None,
        objects=_differences(objects),
        room=_room(last.routes.graph),
        claimed=_claims_bound(last.routes, finding),
        seconds=_seconds([first, *(step.routes for step in steps)]),
    )


def _totals(finding: Finding, steps: Sequence[Later]) -> tuple[list[int], list[int]]:
    """Bytes and objects that it has more than in the first snapshot, in each."""
    totals, objects = [0], [0]
    last = steps[-1]
    for step in steps:
        found = _same_groups(step, last, finding.groups)
        totals.append(sum(group.bytes for group in found))
        objects.append(sum(group.objects for group in found))
    return totals, objects


def _brings_imports(finding: Finding, last: Later, held: tuple[Held, ...], steps: int) -> bool:
    """Whether modules were imported that hang on it. A module that `sys.modules` does not have was made by hand."""
    if not any(entry.type == "module" for entry in held):
        return False
    imported = [root.node for root in last.routes.graph.roots if root.kind is RootKind.MODULE]
    if not any(np.isin(last.growth.members(number), imported).any() for number in finding.groups):
        return False
    code = sum(entry.bytes_delta for entry in held if entry.type in CODE_TYPES)
    return steps == 1 or code * 5 >= sum(entry.bytes_delta for entry in held)


def _seconds(snapshots: Sequence[Routes]) -> tuple[float, ...]:
    """How long each step took; empty where a snapshot does not tell when it was taken."""
    summaries = [routes.graph.summary for routes in snapshots]
    moments = [datetime.fromisoformat(each.captured_at) for each in summaries if each is not None]
    if len(moments) < len(snapshots):
        return ()
    return tuple((later - earlier).total_seconds() for earlier, later in pairwise(moments))


def _room(graph: HeapGraph) -> int:
    """Bytes that one holder of this process may well take: what its memory suggests, and what its control group allows."""
    if graph.summary is None:
        return FAR_BYTES
    memory = graph.summary.memory
    limit = (memory.cgroup or {}).get("limit_bytes") or FAR_BYTES
    return min(FAR_BYTES, limit, max(NEAR_BYTES, MUCH_LARGER * memory.rss_bytes))


def _most_entries(graph: HeapGraph, finding: Finding) -> int | None:
    """How many entries the holders may have in all, if each has a bound that the snapshot knows."""
    bounds = [graph.bounds.get(node) for node in {place.node for place in (*finding.places, finding.place)}]
    known = [bound for bound in bounds if bound is not None]
    return sum(known) if len(known) == len(bounds) else None


def _looks_bounded(
    graph: HeapGraph, finding: Finding, held: tuple[Held, ...], lengths: Sequence[int], steps: int
) -> bool:
    """Whether it is a cache with a bound that the snapshot does not tell.

    Two snapshots do not tell that the bound of one that links its entries is too far away.
    """
    if stops_at_bound(graph, finding.place.node):
        return True
    shape = shape_of(graph, finding.place.node)
    links = shape is not None and any(entry.type == shape.linked for entry in held)
    return links and (steps == 1 or not lengths or lengths[-1] <= BOUNDED_CACHE_SIZE)


def _claims_bound(routes: Routes, finding: Finding) -> bool:
    """Whether the application's own object that has the holder has a number that is named like a bound, too."""
    graph = routes.graph
    node, module = find_owner(graph, finding.place)
    if node < 0 or not routes.ownership.is_user(module):
        return False
    attributes = attributes_of(graph, node)
    most = next((attributes[name] for name in attributes if BOUND.fullmatch(name)), -1)
    return most >= 0 and graph.type_name(most) == "int"


def _differences(values: Sequence[int]) -> tuple[int, ...]:
    return tuple(int(change) for change in np.diff(np.array(values, np.int64)))


def _same_groups(step: Later, last: Later, numbers: Sequence[int]) -> list[Group]:
    """The groups of the last step as they are in another: the same keepers and slots, where these grew there."""
    groups = [last.growth.groups[number] for number in numbers]
    if step is last:
        return groups
    keepers = np.array([group.keeper for group in groups], np.int64)
    there = step.routes.graph.indexes_of(last.routes.graph.addresses[np.maximum(keepers, 0)])
    there[keepers < 0] = -1
    keys = zip(there.tolist(), (group.slot for group in groups), strict=True)
    found = (step.growth.index.get(key) for key in keys)
    return [step.growth.groups[number] for number in found if number is not None]
