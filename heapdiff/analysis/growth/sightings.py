"""Holders of the last snapshot as every snapshot has them. The first and the last are held; one between is looked at once.

What nobody asked for before that look costs another one: the snapshot is opened again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

import numpy as np

from heapdiff.analysis.holders.holder import Place
from heapdiff.analysis.holders.sighting import ABSENT, KEY, Keys, Sighting, find_then, keys_of, sight
from heapdiff.analysis.reach.routes import Routes
from heapdiff.analysis.reach.trails import Trail


class Sightings:
    """Of each holder one in each snapshot, oldest first. A holder is told by its trail: that says where to look."""

    def __init__(self, first: Routes, last: Routes, between: Sequence[Callable[[], Routes]] = ()) -> None:
        self.first, self.last, self._between = first, last, between
        self._known: list[dict[Trail, Sighting]] = [{} for _ in range(len(between) + 2)]
        self.opened_again = 0

    def __len__(self) -> int:
        return len(self._known)

    def look(self, number: int, routes: Routes, places: Iterable[Place]) -> None:
        """See these in one snapshot, those that weren't seen there before."""
        known = self._known[number]
        for place in places:
            if place.trail not in known:
                known[place.trail] = sight(routes, self.last.graph, place, self._first_keys(place))

    def of(self, places: Sequence[Place]) -> list[dict[int, Sighting]]:
        """For each snapshot the sightings of these, by the place's node."""
        for number, known in enumerate(self._known):
            missing = [place for place in places if place.trail not in known]
            if missing:
                self.look(number, self._open(number), missing)
        return [{place.node: known[place.trail] for place in places} for known in self._known]

    def keys(self, number: int, places: Sequence[Place]) -> Keys:
        """The keys of all that these were in one snapshot, one after the other. Opens the snapshot where they're many."""
        stood = {each.node: each for place in places if (each := self._known[number][place.trail]).there}
        few = [stood[node].few for node in sorted(node for node in stood if node is not None)]
        kept = [keys for keys in few if keys is not None]
        if len(kept) == len(few):
            return np.concatenate([np.zeros(0, KEY), *kept])
        routes = self._open(number)
        nodes = {find_then(routes, self.last.graph, place) for place in places}
        there = sorted(node for node in nodes if node is not None and node != ABSENT)
        return np.concatenate([np.zeros(0, KEY), *(keys_of(routes.graph, node) for node in there)])

    def _first_keys(self, place: Place) -> Keys:
        node = find_then(self.first, self.last.graph, place)
        return np.zeros(0, KEY) if node is None or node == ABSENT else keys_of(self.first.graph, node)

    def _open(self, number: int) -> Routes:
        if number in (0, len(self) - 1):
            return self.first if number == 0 else self.last
        self.opened_again += 1
        return self._between[number - 1]()
