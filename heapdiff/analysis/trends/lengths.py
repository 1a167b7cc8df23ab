"""A finding's holders in every snapshot: where they stood, how many entries they had, which places were taken."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np

from heapdiff.analysis.growth.findings import Finding, Later
from heapdiff.analysis.holders.holder import Place, length_of
from heapdiff.analysis.reach.routes import Routes
from heapdiff.analysis.trends.standing import ABSENT, find_then
from heapdiff.format import LABEL_PAYLOAD, LABEL_SHIFT, EdgeKind
from heapdiff.graph.heap import HeapGraph

__all__ = ["Lengths"]

SAME_KEYS: Final = 0.5


@dataclass(frozen=True)
class Lengths:
    """The holders of one finding, followed through all snapshots."""

    finding: Finding
    first: Routes
    steps: Sequence[Later]

    @cached_property
    def _snapshots(self) -> tuple[Routes, ...]:
        return (self.first, *(step.routes for step in self.steps))

    @cached_property
    def _places(self) -> dict[int, Place]:
        return {place.node: place for place in (*self.finding.places, self.finding.place)}

    @cached_property
    def _stood(self) -> tuple[dict[int, int | None], ...]:
        """For each snapshot: where each holder stood then."""
        here = self._snapshots[-1].graph
        return tuple(
            {node: find_then(there, here, place) for node, place in self._places.items()}
            for there in self._snapshots
        )

    @cached_property
    def together(self) -> tuple[int | None, ...]:
        """Entries of all holders that the finding takes together, in each snapshot."""
        return self._sum(() if self.finding.alike else self._places)

    @cached_property
    def own(self) -> tuple[int | None, ...]:
        """Entries of the one holder that the finding is named by."""
        return self._sum((self.finding.place.node,))

    @cached_property
    def known(self) -> tuple[int, ...]:
        """Entries of all in each snapshot, or nothing where one does not tell."""
        known = tuple(length for length in self.together if length is not None)
        return known if len(known) == len(self.together) else ()

    def _sum(self, nodes: Iterable[int]) -> tuple[int | None, ...]:
        chosen = () if self.finding.place.structure else tuple(nodes)
        return tuple(
            _add_up({stood[node] for node in chosen}, there.graph)
            for stood, there in zip(self._stood, self._snapshots, strict=True)
        )

    def _there(self) -> Iterable[tuple[HeapGraph, list[int]]]:
        """Each snapshot, and the holders that it has."""
        for stood, there in zip(self._stood, self._snapshots, strict=True):
            yield there.graph, sorted({node for node in stood.values() if node is not None} - {ABSENT})

    def count_taken(self) -> tuple[int, ...]:
        """Of sequences that were made with empty places (`[None] * 300`): how many are taken, if more became so."""
        here = self._snapshots[-1].graph
        if {here.type_name(node) for node in self._places} != {"list"}:
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
    """The length of holders that may be one and the same in a snapshot."""
    found = [0 if node == ABSENT else node if node is None else length_of(graph, node) for node in nodes]
    known = [length for length in found if length is not None]
    return sum(known) if known and len(known) == len(found) else None


def _taken(graph: HeapGraph, node: int) -> int:
    targets = graph.targets[int(graph.first_edge[node]) : int(graph.first_edge[node + 1])]
    empty = [number for number, kind in enumerate(graph.types) if kind.name == "NoneType"]
    return int((~np.isin(graph.type_ids[targets], empty)).sum())


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
