"""A finding's holders in every snapshot: where they stood, how many entries they had, which places were taken."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np
from numpy.typing import NDArray

from heapdiff.analysis.growth.findings import Finding
from heapdiff.analysis.holders.holder import Place
from heapdiff.analysis.holders.shapes import length_of
from heapdiff.analysis.reach.routes import Routes
from heapdiff.analysis.reach.trails import GAP, key_node, own_text
from heapdiff.answers import HolderKind
from heapdiff.format import LABEL_PAYLOAD, LABEL_SHIFT, EdgeKind
from heapdiff.graph.heap import HeapGraph

SAME_KEYS: Final = 0.5
ABSENT: Final = -1


@dataclass(frozen=True)
class Lengths:
    """The holders of one finding, followed through all snapshots."""

    finding: Finding
    snapshots: Sequence[Routes]

    @cached_property
    def _stood(self) -> list[dict[int, int | None]]:
        """For each snapshot: where each holder stood then."""
        here = self.snapshots[-1].graph
        places = {place.node: place for place in (*self.finding.places, self.finding.place)}
        return [
            {node: find_then(there, here, place) for node, place in places.items()}
            for there in self.snapshots
        ]

    @cached_property
    def own(self) -> tuple[int | None, ...]:
        """Entries of the one holder that the finding is named by, in each snapshot."""
        if {place.node for place in self.finding.places} == {
            self.finding.place.node
        } and not self.finding.alike:
            return self.together
        return self._sum((self.finding.place.node,))

    @cached_property
    def together(self) -> tuple[int | None, ...]:
        """Entries of all holders that the finding takes together."""
        return self._sum(() if self.finding.alike else self._stood[-1])

    @property
    def known(self) -> tuple[int, ...]:
        """Entries of all, or nothing where one snapshot does not tell."""
        known = tuple(length for length in self.together if length is not None)
        return known if len(known) == len(self.together) else ()

    def _sum(self, nodes: Iterable[int]) -> tuple[int | None, ...]:
        chosen = () if self.finding.place.structure else tuple(nodes)
        return tuple(
            _add_up({stood[node] for node in chosen}, there.graph)
            for stood, there in zip(self._stood, self.snapshots, strict=True)
        )

    def _there(self) -> Iterable[tuple[HeapGraph, list[int]]]:
        """Each snapshot, and the holders that it has."""
        for stood, there in zip(self._stood, self.snapshots, strict=True):
            yield there.graph, sorted({node for node in stood.values() if node is not None} - {ABSENT})

    def count_taken(self) -> tuple[int, ...]:
        """Of sequences that were made with empty places (`[None] * 300`): how many are taken, if more became so."""
        if {self.snapshots[-1].graph.type_name(node) for node in self._stood[-1]} != {"list"}:
            return ()
        taken = tuple(sum(_taken(graph, node) for node in nodes) for graph, nodes in self._there())
        return taken if taken[-1] > taken[0] else ()

    def compare_keys(self) -> bool | None:
        """Whether dicts have the same keys in the same order in all snapshots; None where nothing has keys.

        Order tells it where memory of evicted keys is taken again for new ones.
        """
        first, *later = (
            [key for node in nodes for key in _keys(graph, node)] for graph, nodes in self._there()
        )
        if not first:
            return None
        same = [sum(one == other for one, other in zip(first, keys, strict=False)) for keys in later]
        return min(same) >= SAME_KEYS * len(first)


def _add_up(nodes: set[int | None], graph: HeapGraph) -> int | None:
    """The length of holders, of which several may be one and the same in a snapshot."""
    found = [0 if node == ABSENT else node if node is None else length_of(graph, node) for node in nodes]
    known = [length for length in found if length is not None]
    return sum(known) if known and len(known) == len(found) else None


def _taken(graph: HeapGraph, node: int) -> int:
    targets = graph.targets[int(graph.first_edge[node]) : int(graph.first_edge[node + 1])]
    empty = [number for number, kind in enumerate(graph.types) if kind.name == "NoneType"]
    return int((~np.isin(graph.type_ids[targets], empty)).sum())


def _keys(graph: HeapGraph, node: int) -> list[tuple[EdgeKind, int | None]]:
    """What tells the keys of a dict apart, in its order: their addresses, or the numbers themselves."""
    return [
        (edge.kind, int(graph.addresses[edge.target]) if edge.kind is EdgeKind.KEY else edge.index)
        for edge in graph.edges(node, EdgeKind.KEY, EdgeKind.INT_VALUE)
    ]


def find_then(there: Routes, here: HeapGraph, place: Place) -> int | None:
    """The same object in another snapshot, or what stood there along the same references: O(trail).

    ABSENT if it was made later, None if that cannot be told.
    """
    same, nodes = _same(there.graph, here, place.node), place.trail.nodes
    if same >= 0 and there.reached[same]:
        return same
    if "…" in place.path or place.kind is HolderKind.NATIVE or length_of(here, place.node) is None:
        return None
    start = _same(there.graph, here, nodes[0])
    node: int | None = start if start in there.starts else ABSENT
    for edge, target in zip(place.trail.edges, nodes[1:], strict=True):
        if node is None or node == ABSENT:
            return node
        node = None if edge == GAP else _go_on(there.graph, node, here, edge, target)
    return ABSENT if node is not None and _type(there.graph, node) != _type(here, place.node) else node


def _type(graph: HeapGraph, node: int) -> str:
    return graph.type_name(node) if node >= 0 else ""


def _same(there: HeapGraph, here: HeapGraph, node: int) -> int:
    """The object with the same address and type, or ABSENT."""
    found = int(there.index_of(int(here.addresses[node])))
    return found if _type(there, found) == _type(here, node) else ABSENT


def _go_on(there: HeapGraph, node: int, here: HeapGraph, edge: int, target: int) -> int | None:
    """Where the same reference of this object leads: to the same object, or to what else stood there."""
    row = slice(int(there.first_edge[node]), int(there.first_edge[node + 1]))
    same = _same(there, here, target)
    if same >= 0 and (there.targets[row] == same).any():
        return same
    found = set(there.targets[row][_stands_for(there, row, here, edge)].tolist())
    if not found and own_text(here, edge) == "__dict__":
        return node  # its attributes stood in the object itself
    return next(iter(found), ABSENT) if len(found) < 2 else None


def _stands_for(there: HeapGraph, row: slice, here: HeapGraph, edge: int) -> NDArray[np.bool_]:
    """Which of an object's references is called what this one is: by name, key or index."""
    if name := own_text(here, edge):
        return np.array([own_text(there, at) == name for at in range(row.start, row.stop)], np.bool_)
    labels, label = there.labels[row], int(here.labels[edge])
    alike: NDArray[np.bool_] = labels >> LABEL_SHIFT == label >> LABEL_SHIFT
    if label >> LABEL_SHIFT == EdgeKind.VALUE:
        key = _same(there, here, key_node(here, edge))
        alike &= (np.roll(there.targets[row], 1) == key) & (key >= 0)
    elif label >> LABEL_SHIFT == EdgeKind.INT_VALUE:
        alike &= there.int_keys[np.where(alike, labels & LABEL_PAYLOAD, 0)] == here.edge(edge).index
    elif label >> LABEL_SHIFT == EdgeKind.ELEMENT:
        alike &= labels == label
    return alike
