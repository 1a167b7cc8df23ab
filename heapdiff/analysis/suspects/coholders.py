"""Who else keeps the same new objects: the second dict, the index, the eviction list.

Looks at direct references.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from heapdiff.analysis.growth.attribution import Growth
from heapdiff.analysis.growth.locating import locate
from heapdiff.analysis.growth.slots import WHOLE
from heapdiff.analysis.holders.holder import Place, place_of
from heapdiff.analysis.reach.routes import Routes
from heapdiff.format import LABEL_SHIFT, EdgeKind, TypeFlag

__all__ = ["OtherHolder", "find_other_holders"]

SAMPLE: Final = 256
SHARED: Final = 0.5  # of the looked-at entries
MANY_REFERRERS: Final = 64
MOST: Final = 5


@dataclass(frozen=True)
class OtherHolder:
    """A further holder of a suspect's objects, with its own groups of growth, if it has any.

    `direct` ones have them, or new objects around them, as their own entries.
    """

    place: Place
    groups: tuple[int, ...]
    direct: bool


def find_other_holders(routes: Routes, growth: Growth, groups: Sequence[int]) -> tuple[OtherHolder, ...]:
    """Survivors other than the groups' keepers that hold at least half of the same entries. O(sample)."""
    mine = set(groups)
    keepers = {growth.groups[number].keeper for number in groups}
    entries = _sample(routes, growth, groups)
    counts: Counter[tuple[int, int]] = Counter()
    wrapped: Counter[tuple[int, int]] = Counter()
    for entry in entries:
        holders = _holders_of(routes, growth, entry, mine, keepers)
        counts.update(holders.keys())
        wrapped.update(holder for holder, as_entry in holders.items() if as_entry)
    found: dict[int, OtherHolder] = {}
    for (keeper, number), count in sorted(counts.items(), key=lambda item: (-item[1], item[0])):
        if count < SHARED * len(entries) or len(found) == MOST:
            continue
        place = locate(routes, growth, number) if number >= 0 else place_of(routes, keeper)
        if place is not None and place.node not in found:
            direct = bool(wrapped[keeper, number])
            groups = _groups_to_join(growth, keeper, number) if direct else ()
            found[place.node] = OtherHolder(place, groups, direct)
    return tuple(sorted(found.values(), key=lambda other: other.place.path))


def _sample(routes: Routes, growth: Growth, groups: Sequence[int]) -> list[int]:
    """Entries of the groups, evenly chosen; keys of dicts are left out, for they have their own ways."""
    tops = np.sort(growth.entries(groups))
    via = routes.via[tops]
    keys = (via >= 0) & (routes.graph.labels[np.maximum(via, 0)] >> LABEL_SHIFT == EdgeKind.KEY)
    tops = tops[~keys]
    if len(tops) > SAMPLE:
        tops = tops[np.linspace(0, len(tops) - 1, SAMPLE).astype(np.int64)]
    return [int(node) for node in tops]


def _holders_of(
    routes: Routes, growth: Growth, entry: int, mine: set[int], keepers: set[int]
) -> dict[tuple[int, int], bool]:
    """Survivors that refer to an entry, directly or through new objects of their own: (keeper, group or -1).

    True where the new object between is itself an entry, like the tuples of an index.
    """
    graph, turned = routes.graph, routes.graph.referrers
    first, last = int(turned.first[entry]), int(turned.first[entry + 1])
    found: dict[tuple[int, int], bool] = {}
    if last - first > MANY_REFERRERS:
        return found
    for source in turned.sources[first:last].tolist():
        number = growth.group_at(source)
        if number < 0:
            flags = graph.types[int(graph.type_ids[source])].flags
            if source not in keepers and routes.reached[source] and not flags & TypeFlag.PSEUDO:
                found[source, -1] = True
        elif number not in mine and growth.groups[number].keeper >= 0:
            found[growth.groups[number].keeper, number] = growth.entry_at(source) == source
    return found


def _groups_to_join(growth: Growth, keeper: int, number: int) -> tuple[int, ...]:
    """The other holder's growth that is nothing but its own way to keep the same objects."""
    own = number if number >= 0 else growth.index.get((keeper, WHOLE))
    return () if own is None else (own,)
