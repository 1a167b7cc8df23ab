"""A finding's holders in every snapshot: where they stood, how many entries they had, which places were taken."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Final

import numpy as np

from heapdiff.analysis.growth.findings import Finding
from heapdiff.analysis.growth.sightings import Sightings
from heapdiff.analysis.holders.holder import Place
from heapdiff.analysis.holders.sighting import ABSENT, Sighting
from heapdiff.analysis.reach.routes import Routes

SAME_KEYS: Final = 0.5


@dataclass(frozen=True)
class Lengths:
    """The holders of one finding, followed through all snapshots."""

    finding: Finding
    sightings: Sightings

    @property
    def first(self) -> Routes:
        return self.sightings.first

    @cached_property
    def _places(self) -> tuple[Place, ...]:
        """Each holder once."""
        return tuple({place.node: place for place in (*self.finding.places, self.finding.place)}.values())

    @cached_property
    def _stood(self) -> list[dict[int, Sighting]]:
        """For each snapshot: each holder as it was then."""
        return self.sightings.of(self._places)

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
        return _known(self.together)

    def _sum(self, nodes: Iterable[int]) -> tuple[int | None, ...]:
        chosen = () if self.finding.place.structure else tuple(nodes)
        return tuple(_add_up(stood[node] for node in chosen) for stood in self._stood)

    def count_entries(self, known: tuple[int, ...]) -> tuple[int, ...]:
        """What tells their growth: their `known` lengths, or how many places are taken; nothing if neither grew.

        Sequences that are made with empty places (`[None] * 300`) get longer rarely, by many places at once, or never.
        """
        taken = self._count_taken() if known else ()
        if _gain(taken) <= 0:
            return known if _gain(known) > 0 else ()
        steadily = all(after > before for before, after in pairwise(known))
        return known if steadily and 2 * _gain(taken) < _gain(known) else taken

    def _count_taken(self) -> tuple[int, ...]:
        """How many places are taken, or nothing where one holder has no places."""
        taken = [
            [each.taken if each.length else 0 for each in _distinct(stood.values()).values()]
            for stood in self._stood
        ]
        return () if any(None in each for each in taken) else tuple(sum(_known(each)) for each in taken)

    def compare_keys(self) -> bool | None:
        """Whether dicts have the same keys in the same order in all snapshots; None where nothing has keys.

        Order tells it where memory of evicted keys is taken again for new ones.
        """
        first = self._stood[0]
        count = sum(each.keys for each in _distinct(first.values()).values())
        if not count:
            return None
        same = []
        for number, stood in enumerate(self._stood[1:], 1):
            found = _count_same_keys(first, stood)
            same.append(self._compare_all(number) if found is None else found)
        return min(same) >= SAME_KEYS * count

    def _compare_all(self, number: int) -> int:
        """How many keys are the same, one after the other through all holders."""
        first, then = (self.sightings.keys(at, self._places) for at in (0, number))
        both = min(len(first), len(then))
        return int(np.count_nonzero(first[:both] == then[:both]))


def _known(counts: Sequence[int | None]) -> tuple[int, ...]:
    """All of them, or nothing where one isn't known."""
    known = tuple(each for each in counts if each is not None)
    return known if len(known) == len(counts) else ()


def _gain(counts: tuple[int, ...]) -> int:
    return counts[-1] - counts[0] if counts else 0


def _distinct(sightings: Iterable[Sighting]) -> dict[int, Sighting]:
    """What stood there, each once: several holders may be one and the same in a snapshot."""
    return {each.node: each for each in sightings if each.node is not None and each.node != ABSENT}


def _add_up(sightings: Iterable[Sighting]) -> int | None:
    """The length of holders; None where one doesn't tell, and of none."""
    known = _known(list({each.node: each.length for each in sightings}.values()))
    return sum(known) if known else None


def _count_same_keys(first: dict[int, Sighting], then: dict[int, Sighting]) -> int | None:
    """The same from holder to holder, where each has as many keys as it had; None where they don't stand side by side."""
    pairs = {(first[place].node, then[place].node): then[place] for place in first}
    befores, afters = (
        sorted((node, each) for node, each in _distinct(side.values()).items() if each.keys)
        for side in (first, then)
    )
    same = 0
    for (one, before), (other, after) in zip(befores, afters, strict=False):
        if (one, other) not in pairs:
            return None
        same += pairs[one, other].same_keys
        if before.keys != after.keys:
            rest = befores if before.keys < after.keys else afters
            return same if rest[-1][0] == (one if rest is befores else other) else None
    return same
