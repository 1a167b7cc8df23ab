"""Which objects a picture leads to: those of a type, or what holders keep, or what is new there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from heapdiff.analysis.holders.following import positions_of
from heapdiff.analysis.holders.lookup import find_objects, find_type
from heapdiff.analysis.holders.shapes import content_of
from heapdiff.analysis.queries.change import Change
from heapdiff.analysis.reach.routes import Routes, find_below
from heapdiff.format import LABEL_SHIFT, EdgeKind
from heapdiff.graph.narrow import distinct

NOT_KEPT: Final = (EdgeKind.KEY, EdgeKind.WEAK, EdgeKind.TYPE)
PLAIN: Final = ("dict", "list", "set", "tuple")  # have their entries themselves


@dataclass(frozen=True)
class Targets:
    """The chosen objects; `through`: the reference to draw to each, where the shortest ways do not lead through the
    chosen holder."""

    nodes: NDArray[np.int64]
    through: NDArray[np.int64] | None = None

    def only(self, chosen: NDArray[np.bool_]) -> Targets:
        return Targets(self.nodes[chosen], None if self.through is None else self.through[chosen])


def of_type(routes: Routes, name: str, change: Change | None) -> Targets:
    """The new objects of a type, or all where none of them is new."""
    found = find_type(routes.graph, name)
    found = found if len(found) else find_objects(routes, name)
    fresh = found[change.new[found]] if change is not None else found
    return Targets(fresh if len(fresh) else found)


def inside(routes: Routes, holders: NDArray[np.int64], change: Change | None) -> Targets:
    """What the holders keep directly, or the new below it; keys of dicts are not drawn."""
    entries = _entries_of(routes, holders)
    if not len(entries.nodes):
        return Targets(holders)
    if change is None:
        return _nearest(routes, holders, entries)
    fresh = change.new[entries.nodes]
    if fresh.any():
        return _nearest(routes, holders, entries.only(fresh))
    below = _new_below(routes, holders, change)
    return Targets(below) if len(below) else _nearest(routes, holders, entries)


def _nearest(routes: Routes, holders: NDArray[np.int64], entries: Targets) -> Targets:
    """Those to which the shortest way leads through the holders; else all, each by the holder's own reference."""
    if entries.through is None:
        return entries
    keepers = distinct(np.concatenate([holders, routes.graph.owners_of(entries.through)]))
    own = np.isin(routes.parent[entries.nodes], keepers)
    return Targets(entries.nodes[own]) if own.any() else entries


def _entries_of(routes: Routes, holders: NDArray[np.int64]) -> Targets:
    graph = routes.graph
    plain = np.array([kind.name in PLAIN for kind in graph.types], np.bool_)
    is_plain = plain[graph.type_ids[holders]]
    parts = [next(iter(content_of(graph, node)), node) for node in holders[~is_plain].tolist()]
    positions = positions_of(graph, np.concatenate([holders[is_plain], np.array(parts, np.int64)]))
    positions = positions[~np.isin(graph.labels[positions] >> LABEL_SHIFT, NOT_KEPT)]
    entries, first = np.unique(graph.targets[positions].astype(np.int64), return_index=True)
    order = np.argsort(first)
    return Targets(entries[order], positions[first[order]])


def _new_below(routes: Routes, holders: NDArray[np.int64], change: Change) -> NDArray[np.int64]:
    """New objects in old ones, anywhere below the holders: where these grow inside."""
    below = find_below(routes, holders)
    new = np.flatnonzero(change.new & below & (routes.parent >= 0))
    return new[~change.new[routes.parent[new]]]
