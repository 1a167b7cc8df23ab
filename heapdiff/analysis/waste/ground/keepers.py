"""Which holders keep objects of a kind: the place in the application's code that a finding names."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from heapdiff.analysis.holders.holder import Place, is_own, place_at, place_of
from heapdiff.analysis.reach.trails import GAP, Trail, find_trail
from heapdiff.analysis.waste.ground.worker import Heap
from heapdiff.graph.narrow import distinct
from heapdiff.knowledge.advice.data_types import DATA_TYPES, TABLES

MOST_GROUPS: Final = 100
SAMPLED: Final = 64
NEARLY_ALL: Final = 0.9


@dataclass(frozen=True)
class Kept:
    """Objects that are reached through one holder, and whether it's the application's own."""

    place: Place
    nodes: NDArray[np.int64]
    own: bool


def find_keepers(heap: Heap, nodes: NDArray[np.int64]) -> Iterator[Kept]:
    """These objects by the variable they are reached through, most numerous first; each group's holder is the last
    object that nearly all of it is reached through. Unreachable ones are in none. O(nodes log nodes).
    """
    for _, group in split_by_variable(heap, nodes, np.ones(len(nodes), np.int64), MOST_GROUPS):
        yield find_keeper(heap, group)


def split_by_variable(
    heap: Heap, nodes: NDArray[np.int64], weights: NDArray[np.int64], most: int
) -> list[tuple[int, NDArray[np.int64]]]:
    """The reachable ones of these, by the variable they are reached through: the heaviest groups, each with its weight.

    There may be as many groups as objects: none but those are made.
    """
    reached = heap.routes.reached[nodes]
    nodes, weights = nodes[reached], weights[reached]
    if not len(nodes):
        return []
    tops = heap.variables[nodes]
    order = np.argsort(tops, kind="stable")
    tops, nodes = tops[order], nodes[order]
    starts = np.flatnonzero(np.concatenate(([True], tops[1:] != tops[:-1])))
    sums = np.add.reduceat(weights[order], starts)
    ends = np.append(starts[1:], len(nodes))
    chosen = np.lexsort((nodes[starts], -sums))[:most]
    return [(int(sums[at]), nodes[starts[at] : ends[at]]) for at in chosen.tolist()]


def find_keeper(heap: Heap, nodes: NDArray[np.int64]) -> Kept:
    """Who keeps these, all reached through one variable."""
    place = find_common_place(heap, nodes)
    return Kept(place, nodes, is_own(heap.routes, place))


def find_common_place(heap: Heap, nodes: NDArray[np.int64]) -> Place:
    """The last object through which nearly all of these are reached, that is none of them itself and inside no table."""
    chosen = some_of(nodes, SAMPLED)
    trails = [find_trail(heap.routes, int(node)) for node in chosen]
    members = set(chosen.tolist())
    trail = _find_common_start(heap, trails, members)
    return place_at(heap.routes, trail)


def some_of(nodes: NDArray[np.int64], most: int) -> NDArray[np.int64]:
    """At most so many of these, evenly chosen: to look at what looking at each would take too long for."""
    return nodes[distinct(np.linspace(0, len(nodes) - 1, min(len(nodes), most)).astype(np.int64))]


def place_of_kept(heap: Heap, kept: Kept) -> Place:
    """What a group's finding names: its holder, or of a single object the place itself."""
    return place_of(heap.routes, int(kept.nodes[0])) if len(kept.nodes) == 1 else kept.place


def find_table(heap: Heap, node: int) -> str | None:
    """What to call it if it's a table, whose columns are inside it in a library's way."""
    return next(
        (
            DATA_TYPES[name]
            for name in heap.graph.lineages[int(heap.graph.type_ids[node])]
            if DATA_TYPES.get(name) in TABLES
        ),
        None,
    )


def _find_common_start(heap: Heap, trails: Sequence[Trail], members: set[int]) -> Trail:
    """Descends while nearly all go on through the same object, and what it's made of is the application's doing."""
    left, length = list(trails), 0
    while not length or find_table(heap, left[0].nodes[length - 1]) is None:
        ahead: dict[int, list[Trail]] = {}
        for trail in left:
            if len(trail.nodes) > length + 1 and (not length or trail.edges[length - 1] != GAP):
                ahead.setdefault(trail.nodes[length], []).append(trail)
        if not ahead:
            break
        most = max(ahead.values(), key=lambda found: (len(found), -found[0].nodes[length]))
        if len(most) < NEARLY_ALL * len(trails) or most[0].nodes[length] in members:
            break
        left, length = most, length + 1
    return left[0].upto(max(length, 1))
