"""How many entries a holder has in each snapshot, how many of its places are taken, whether it keeps its keys."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np

from heapdiff.analysis.growth.findings import Finding, Later
from heapdiff.analysis.holders.holder import Place
from heapdiff.analysis.holders.lookup import find_holder
from heapdiff.analysis.holders.shapes import length_of
from heapdiff.analysis.reach.routes import Routes
from heapdiff.answers import HolderKind
from heapdiff.format import LABEL_PAYLOAD, LABEL_SHIFT, EdgeKind
from heapdiff.graph.heap import HeapGraph

__all__ = ["compare_keys", "compute_lengths", "compute_own_lengths", "count_taken"]

SAME_KEYS: Final = 0.5


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
    last = steps[-1].routes
    lengths: list[int | None] = []
    for routes in (first, *(step.routes for step in steps)):
        nodes = {_node_in(routes, last.graph, places[node]): node for node in sorted(places)}
        found = [
            _length_if_absent(last, places[place]) if node is None else length_of(routes.graph, node)
            for node, place in nodes.items()
        ]
        known = [length for length in found if length is not None]
        lengths.append(sum(known) if len(known) == len(found) else None)
    return lengths


def _length_if_absent(last: Routes, place: Place) -> int | None:
    """0 for what was made later; None if its path, which led nowhere then, does not lead to it now either."""
    if not _has_own_path(place) or length_of(last.graph, place.node) is None:
        return None
    return 0 if find_holder(last, place.path) == (place.node,) else None


def _has_own_path(place: Place) -> bool:
    return "…" not in place.path and place.kind is not HolderKind.NATIVE


def count_taken(finding: Finding, first: Routes, steps: Sequence[Later]) -> list[int] | None:
    """Of sequences that were made with empty places (`[None] * 300`): how many are taken; None if no more became so."""
    places = {place.node: place for place in (*finding.places, finding.place)}
    graph = steps[-1].routes.graph
    if {graph.type_name(node) for node in places} != {"list"}:
        return None
    taken = [
        sum(_taken(routes.graph, node) for node in _nodes_in(routes, graph, places))
        for routes in (first, *(step.routes for step in steps))
    ]
    return taken if taken[-1] > taken[0] else None


def _taken(graph: HeapGraph, node: int) -> int:
    targets = graph.targets[int(graph.first_edge[node]) : int(graph.first_edge[node + 1])]
    empty = [number for number, kind in enumerate(graph.types) if kind.name == "NoneType"]
    return int((~np.isin(graph.type_ids[targets], empty)).sum())


def compare_keys(finding: Finding, first: Routes, steps: Sequence[Later]) -> bool | None:
    """Whether dicts have the same keys in the same order in all snapshots; None where nothing has keys.

    Order tells it where memory of evicted keys is taken again for new ones.
    """
    places = {place.node: place for place in (*finding.places, finding.place)}
    graph = steps[-1].routes.graph
    keys = [
        [key for node in _nodes_in(routes, graph, places) for key in _keys(routes.graph, node)]
        for routes in (first, *(step.routes for step in steps))
    ]
    if not keys[0]:
        return None
    same = [sum(one == other for one, other in zip(keys[0], later, strict=False)) for later in keys[1:]]
    return all(count >= SAME_KEYS * len(keys[0]) for count in same)


def _nodes_in(routes: Routes, graph: HeapGraph, places: Mapping[int, Place]) -> list[int]:
    found = {_node_in(routes, graph, places[node]) for node in sorted(places)}
    return sorted(node for node in found if node is not None)


def _keys(graph: HeapGraph, node: int) -> list[tuple[int, int]]:
    """What tells the keys of a dict apart, in its order: their addresses, or the numbers themselves."""
    edges = slice(int(graph.first_edge[node]), int(graph.first_edge[node + 1]))
    found: list[tuple[int, int]] = []
    for label, target in zip(graph.labels[edges].tolist(), graph.targets[edges].tolist(), strict=True):
        if label >> LABEL_SHIFT == EdgeKind.KEY:
            found.append((EdgeKind.KEY, int(graph.addresses[target])))
        elif label >> LABEL_SHIFT == EdgeKind.INT_VALUE:
            found.append((EdgeKind.INT_VALUE, int(graph.int_keys[label & LABEL_PAYLOAD])))
    return found


def _node_in(routes: Routes, graph: HeapGraph, place: Place) -> int | None:
    """The holder in another snapshot: the same object, or what stood at its path then.

    That may be another thread's, which is there on its own account: the caller counts each node once.
    """
    node = int(routes.graph.index_of(int(graph.addresses[place.node])))
    type_name = graph.type_name(place.node)
    if node >= 0 and routes.graph.type_name(node) == type_name and routes.reached[node]:
        return node
    if not _has_own_path(place):
        return None
    then = find_holder(routes, place.path)
    return then[0] if len(then) == 1 and routes.graph.type_name(then[0]) == type_name else None
