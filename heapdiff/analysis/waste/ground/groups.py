"""What a rule found, by the application's holder that keeps it: a finding names one holder, not each object."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from heapdiff.analysis.holders.holder import place_of
from heapdiff.analysis.waste.ground.keepers import find_keeper, place_of_kept, split_by_variable
from heapdiff.analysis.waste.ground.worker import Heap
from heapdiff.format import TypeFlag
from heapdiff.graph.heap import HeapGraph
from heapdiff.knowledge.advice.amounts import LEAST_BYTES

CONTAINERS_OF: Final = frozenset(("collections", "_collections"))  # whoever has such a thing fills it
MOST_STEPS: Final = 8
MOST_HOLDERS: Final = 20


@dataclass(frozen=True)
class Group:
    """Wasteful objects below one of the application's holders: what they take now, and what a change saves."""

    heap: Heap
    holder: str
    nodes: NDArray[np.int64]
    bytes: int
    saves: int

    @property
    def count(self) -> int:
        return len(self.nodes)

    @property
    def example(self) -> str:
        """How one of them is reached."""
        return path_of(self.heap, int(self.nodes[0]))


def path_of(heap: Heap, node: int) -> str:
    return place_of(heap.routes, node).path


def find_groups(
    heap: Heap, nodes: NDArray[np.int64], taken: NDArray[np.int64], saved: NDArray[np.int64]
) -> Iterator[Group]:
    """These objects, ascending, by what of the application's keeps them, what saves most first. `taken` and `saved` are the
    bytes of each. What a library's object has is in none, nor is what isn't worth showing. O(nodes log nodes).
    """
    own = ~find_foreign(heap, nodes)
    nodes, taken, saved = nodes[own], taken[own], saved[own]
    for saves, part in split_by_variable(heap, nodes, saved, MOST_HOLDERS):
        if saves < LEAST_BYTES:
            return
        kept = find_keeper(heap, part)
        if kept.own:
            bytes_ = int(taken[np.searchsorted(nodes, part)].sum())
            yield Group(heap, place_of_kept(heap, kept).path, part, bytes_, saves)


def find_foreign(heap: Heap, nodes: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Which of these a library's object has, directly or in containers of its own, (nodes,)."""
    stops, foreign = heap.once(_find_stops)
    at, found = nodes, np.zeros(len(nodes), np.bool_)
    for _ in range(MOST_STEPS):
        at = np.where(at >= 0, heap.routes.parent[at], -1)
        kinds = heap.graph.type_ids[at]
        found |= (at >= 0) & foreign[kinds]
        at = np.where(stops[kinds], -1, at)
        if not (at >= 0).any():
            break
    return found


def _find_stops(heap: Heap) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Types whose objects are nobody's container, and those of them that a library made, (types,)."""
    types, own = heap.graph.types, heap.is_own_type
    stops = np.array([_is_structure(heap.graph, number) for number in range(len(types))], np.bool_)
    return stops, stops & ~own


def _is_structure(graph: HeapGraph, number: int) -> bool:
    kind = graph.types[number]
    module = kind.name.rpartition(".")[0]
    made = bool(kind.flags & TypeFlag.HEAP_TYPE) and not kind.flags & TypeFlag.TYPE  # a class is a namespace
    return made and bool(module) and module not in CONTAINERS_OF
