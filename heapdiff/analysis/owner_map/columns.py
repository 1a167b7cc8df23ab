"""Groups as columns: what they are called, and what each has in each snapshot. Knows no heap."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Final

import numpy as np
from numpy.typing import NDArray

from heapdiff.answers import GroupKind

NO_PARENT: Final = -1


@dataclass(frozen=True, slots=True)
class Name:
    """What a group is called below its parent: equal in every snapshot that has it. `merged`: how many groups are in it."""

    kind: GroupKind
    label: str
    type: str = ""
    merged: int = field(default=0, compare=False)


@dataclass(frozen=True)
class Groups:
    """A forest of `g` groups, parents before their children, with what each has by itself in each of `s` snapshots."""

    parent: NDArray[np.int64]  # (g,) NO_PARENT at the top
    names: Sequence[Name]
    objects: NDArray[np.int64]  # (g, s)
    bytes: NDArray[np.int64]  # (g, s)

    def __len__(self) -> int:
        return len(self.parent)

    @cached_property
    def depth(self) -> NDArray[np.int64]:
        """How many groups are above each, (g,)."""
        depth = np.zeros(len(self), np.int64)
        at, above = np.arange(len(self)), self.parent
        while len(at := at[above[at] >= 0]):
            depth[at] += 1
            above = np.where(above >= 0, self.parent[above], NO_PARENT)
        return depth

    def with_all_below(self, own: NDArray[np.int64]) -> NDArray[np.int64]:
        """Sums of a column or table over each group and everything below it. O(g) for each level."""
        sums = own.copy()
        order = np.argsort(self.depth, kind="stable")
        edges = np.searchsorted(self.depth[order], np.arange(1, int(self.depth.max(initial=0)) + 2))
        for start, end in zip(reversed(edges[:-1]), reversed(edges[1:]), strict=True):
            level = order[start:end]
            np.add.at(sums, self.parent[level], sums[level])
        return sums


def join(several: Sequence[Groups]) -> Groups:
    """Groups of several snapshots as one, matched by path; each has one snapshot and becomes a column of its own."""
    numbers: dict[tuple[int, Name], int] = {}
    parents: list[int] = []
    places = []
    for each in several:
        place: list[int] = []
        for parent, name in zip(each.parent.tolist(), each.names, strict=True):
            above = place[parent] if parent >= 0 else NO_PARENT
            number = numbers.setdefault((above, name), len(numbers))
            if number == len(parents):
                parents.append(above)
            place.append(number)
        places.append(np.array(place, np.int64))
    objects, sizes = (np.zeros((len(parents), len(several)), np.int64) for _ in range(2))
    for column, (each, at) in enumerate(zip(several, places, strict=True)):
        np.add.at(objects[:, column], at, each.objects[:, 0])
        np.add.at(sizes[:, column], at, each.bytes[:, 0])
    return Groups(np.array(parents, np.int64), [name for _, name in numbers], objects, sizes)
