"""Bunches of objects to which the same path leads but for keys and indexes, and what is kept on the way to them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from heapdiff.analysis.holders.alike import MOST_CLIMBS, Likeness, number_rows
from heapdiff.analysis.holders.holder import Place, place_at, place_of
from heapdiff.analysis.queries.targets import Targets
from heapdiff.analysis.reach.routes import Routes
from heapdiff.analysis.reach.trails import GAP, find_trail
from heapdiff.format import LABEL_SHIFT
from heapdiff.graph.narrow import distinct

MOST_PLACES: Final = 1000


@dataclass(frozen=True)
class Bunch:
    """Objects that one masked path leads to: one stands for all, and `owners` have the references to them."""

    place: Place
    nodes: NDArray[np.int64]
    owners: NDArray[np.int64]  # -1 at a root

    def beside(self) -> Iterator[int]:
        """The one that stands for all, then those that the same object keeps."""
        nodes = self.place.trail.nodes
        yield self.place.node
        if len(nodes) > 1:
            yield from (
                node for node in self.nodes[self.owners == nodes[-2]].tolist() if node != self.place.node
            )

    def levels(self, routes: Routes) -> dict[int, NDArray[np.int64]]:
        """For each object on the trail all of its type that stand there on the way to one of the bunch."""
        trail, types = self.place.trail, routes.graph.type_ids
        levels = {trail.nodes[-1]: self.nodes}
        above = distinct(self.owners)
        for at in range(len(trail.nodes) - 2, -1, -1):
            node = trail.nodes[at]
            above = above[above >= 0] if trail.edges[at] != GAP else np.array([node])
            alike = above[types[above] == types[node]]
            levels[node] = distinct(np.concatenate([alike, [node]]))
            above = distinct(routes.parent[levels[node]].astype(np.int64))
        return levels


def gather_bunches(routes: Routes, chosen: Targets) -> list[Bunch]:
    """The targets by masked path, most numerous first. Of too many paths, alike ones are taken together unseen."""
    through = chosen.through
    owners = (
        routes.parent[chosen.nodes].astype(np.int64) if through is None else routes.graph.owners_of(through)
    )
    labels = _classify(routes, chosen, owners)
    by_path: dict[tuple[str, ...], list[NDArray[np.int64]]] = {}
    places: dict[tuple[str, ...], Place] = {}
    order = np.argsort(labels, kind="stable")
    for members in np.split(order, np.flatnonzero(np.diff(labels[order])) + 1):
        place = _place(routes, chosen, int(members[0]))
        places.setdefault(place.masked, place)
        by_path.setdefault(place.masked, []).append(members)
    bunches = []
    for masked, found in by_path.items():
        members = np.concatenate(found)
        bunches.append(Bunch(places[masked], chosen.nodes[members], owners[members]))
    return sorted(bunches, key=lambda bunch: (-len(bunch.nodes), bunch.place.path))


def _classify(routes: Routes, chosen: Targets, owners: NDArray[np.int64]) -> NDArray[np.int64]:
    """A number for each target, equal where owner, type and reference are; further up where these are too many."""
    graph, likeness = routes.graph, Likeness(routes)
    types = graph.type_ids[chosen.nodes].astype(np.int64)
    if chosen.through is None:
        looks, at = likeness.climb(types, chosen.nodes)
    else:
        looks, at = (
            number_rows(types, (graph.labels[chosen.through] >> LABEL_SHIFT).astype(np.int64))[1],
            owners,
        )
    for _ in range(MOST_CLIMBS):
        if number_rows(looks, at)[0] <= MOST_PLACES:
            break
        looks, at = likeness.climb(looks, likeness.top_of(at))
    return number_rows(looks, at)[1]


def _place(routes: Routes, chosen: Targets, at: int) -> Place:
    node = int(chosen.nodes[at])
    if chosen.through is None:
        return place_of(routes, node)
    position = chosen.through[at : at + 1]
    (owner,) = routes.graph.owners_of(position).tolist()
    return place_at(routes, find_trail(routes, owner).extended(int(position[0]), node))
