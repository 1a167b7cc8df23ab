"""How a finding grew from snapshot to snapshot: its lengths, its steps, and what is known to end it. Judges nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np

from heapdiff.analysis.accumulators import Group
from heapdiff.analysis.findings import Finding, Later
from heapdiff.analysis.holders import Place, length_of
from heapdiff.analysis.homes import LRU_CACHE
from heapdiff.analysis.knowledge import Pattern
from heapdiff.analysis.lookup import resolve_holder
from heapdiff.analysis.ranking import Trend
from heapdiff.analysis.routes import Routes
from heapdiff.errors import UsageError
from heapdiff.graph.heap import HeapGraph
from heapdiff.model import Held, HolderKind

__all__ = ["compute_lengths", "compute_own_lengths", "compute_trend"]

CODE_TYPES: Final = frozenset(("function", "code", "type", "module", "cell", "property"))
BOUNDED_CACHE_LINK: Final = "functools._lru_list_elem"
BOUNDED_CACHE_SIZE: Final = 1024


def compute_lengths(finding: Finding, first: Routes, steps: Sequence[Later]) -> list[int | None]:
    """The length in each snapshot of all holders that a finding takes together."""
    if finding.place.structure or finding.alike:
        return [None] * (len(steps) + 1)
    return _sum_lengths({place.node: place for place in (*finding.places, finding.place)}, first, steps)


def compute_own_lengths(finding: Finding, first: Routes, steps: Sequence[Later]) -> list[int | None]:
    """The length in each snapshot of the one holder that the finding is named by."""
    if finding.place.structure:
        return [None] * (len(steps) + 1)
    return _sum_lengths({finding.place.node: finding.place}, first, steps)


def _sum_lengths(places: Mapping[int, Place], first: Routes, steps: Sequence[Later]) -> list[int | None]:
    graph = steps[-1].routes.graph
    lengths: list[int | None] = []
    for routes in (first, *(step.routes for step in steps)):
        nodes = {_node_in(routes, graph, places[node]) for node in sorted(places)}
        found = [None if node is None else length_of(routes.graph, node) for node in nodes]
        known = [length for length in found if length is not None]
        lengths.append(sum(known) if len(known) == len(found) else None)
    return lengths


def _node_in(routes: Routes, graph: HeapGraph, place: Place) -> int | None:
    """The holder in another snapshot: the same object, or what stood at its path then.

    That may be another thread's, which is there on its own account: the caller counts each node once.
    """
    node = int(routes.graph.index_of(int(graph.addresses[place.node])))
    type_name = graph.type_name(place.node)
    if node >= 0 and routes.graph.type_name(node) == type_name and routes.reached[node]:
        return node
    if "…" in place.path or place.named.kind is HolderKind.NATIVE:
        return None
    try:
        (then,) = resolve_holder(routes, place.path)
    except (UsageError, ValueError):
        return None
    return then if routes.graph.type_name(then) == type_name else None


def compute_trend(
    finding: Finding,
    steps: Sequence[Later],
    lengths: Sequence[int | None],
    requests: tuple[int, ...],
    held: tuple[Held, ...],
    patterns: tuple[Pattern, ...],
) -> Trend:
    """Growth from snapshot to snapshot, in entries if the holder's length is known all along, else in
    objects.
    """
    totals, objects = [0], [0]
    last = steps[-1]
    for step in steps:
        found = [
            _same_group(step, last.routes.graph, last.growth.groups[number]) for number in finding.groups
        ]
        totals.append(sum(group.bytes for group in found if group is not None))
        objects.append(sum(group.objects for group in found if group is not None))
    known = [length for length in lengths if length is not None]
    by_length_known = len(known) == len(lengths)
    by_length = by_length_known and known[-1] > known[0]
    units = known if by_length else objects
    refilled = by_length_known and known[-1] == known[0] > 0
    code = sum(entry.bytes_delta for entry in held if entry.type in CODE_TYPES)
    modules = sum(entry.count_delta for entry in held if entry.type == "module")
    most = _most_entries(last.routes.graph, finding) if by_length_known else None
    return Trend(
        units=_differences(units),
        bytes=_differences(totals),
        requests=requests,
        unit="entry" if by_length else "object" if held or known else "byte",
        bounded=(most is None and _looks_bounded(last.routes.graph, finding, held, known, len(steps)))
        or any(pattern.bounds(known[-1] if known else None) for pattern in patterns),
        most=most,
        table=any(pattern.table for pattern in patterns),
        imports=modules > 0 and (len(steps) == 1 or code * 5 >= sum(entry.bytes_delta for entry in held)),
        refilled=refilled,
        objects=_differences(objects),
    )


def _most_entries(graph: HeapGraph, finding: Finding) -> int | None:
    """How many entries the holders may have in all, if each has a bound that the snapshot knows."""
    bounds = [graph.bounds.get(node) for node in {place.node for place in (*finding.places, finding.place)}]
    known = [bound for bound in bounds if bound is not None]
    return sum(known) if len(known) == len(bounds) else None


def _looks_bounded(
    graph: HeapGraph, finding: Finding, held: tuple[Held, ...], lengths: Sequence[int], steps: int
) -> bool:
    """Whether it is an `lru_cache` with a bound that the snapshot does not tell.

    Only those link their entries in order of use. Two snapshots do not tell that the bound is too far away.
    """
    is_cache = graph.type_name(finding.place.node) == LRU_CACHE
    links = is_cache and any(entry.type == BOUNDED_CACHE_LINK for entry in held)
    return links and (steps == 1 or not lengths or lengths[-1] <= BOUNDED_CACHE_SIZE)


def _differences(values: Sequence[int]) -> tuple[int, ...]:
    return tuple(int(change) for change in np.diff(np.array(values, np.int64)))


def _same_group(step: Later, graph: HeapGraph, group: Group) -> Group | None:
    """The group in another step: the same keeper and slot."""
    if step.routes.graph is graph:
        return group
    keeper = step.routes.graph.index_of(int(graph.addresses[group.keeper])) if group.keeper >= 0 else -1
    number = step.growth.index.get((keeper, group.slot))
    return None if number is None else step.growth.groups[number]
