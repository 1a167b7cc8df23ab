"""Divides one heap into groups: objects to which the cheapest routes lead by the same steps, keys and indexes aside.

Works on whole arrays, level by level. What a group is called is for `labels`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from heapdiff.analysis.owner_map.looks import Looks
from heapdiff.analysis.owner_map.numbering import find_first, number_pairs
from heapdiff.analysis.owner_map.tops import Top, find_tops
from heapdiff.analysis.reach.routes import Routes, follow

MOST_LEVELS: Final = 48  # what is deeper is in the group of what leads there
MOST_REPEATS: Final = 2  # `.next.next.next`: the third and what follows are one group


@dataclass(frozen=True)
class Grouping:
    """Which group each object is in, and what is known of the groups; parents have the lower numbers."""

    of: NDArray[np.int64]  # (n,) -1 where nothing reaches
    parent: NDArray[np.int64]  # (g,) -1 at the top
    step: NDArray[
        np.int64
    ]  # (g,) how its objects are referred to and their type, as `Looks` counts them; -1 of tops
    first: NDArray[np.int64]  # (g,) one of its objects, -1 where it may have none
    tops: Sequence[Top]  # the first groups


def divide(routes: Routes, looks: Looks) -> Grouping:
    """O(n log n) in whole arrays, for each of at most MOST_LEVELS levels."""
    return _Dividing(routes, looks).divide()


class _Dividing:
    def __init__(self, routes: Routes, looks: Looks) -> None:
        self.routes, self.looks = routes, looks
        tops, nodes, numbers = find_tops(routes)
        self.tops, self.start = tops, nodes
        self.of = np.full(len(routes.graph), -1, np.int64)
        self.of[nodes] = numbers
        self.closed = looks.is_closed.copy()
        self.parents = [np.array([top.parent for top in tops], np.int64)]
        self.steps = [np.full(len(tops), -1, np.int64)]
        self.repeats = np.zeros(len(tops), np.int64)
        first = np.full(len(tops), -1, np.int64)
        first[numbers[::-1]] = nodes[::-1]
        self.firsts = [first]
        self.count = len(tops)
        parent = routes.parent
        self.order = np.argsort(parent, kind="stable")
        self.first_child = np.searchsorted(parent[self.order], np.arange(len(parent) + 1))

    def divide(self) -> Grouping:
        nodes = self.start
        for _ in range(MOST_LEVELS):
            nodes = self.below(nodes)
            if not len(nodes):
                break
            self.assign(nodes)
        else:
            self.take_the_rest()
        parent, step, first = (np.concatenate(each) for each in (self.parents, self.steps, self.firsts))
        return Grouping(self.of, parent, step, first, self.tops)

    def below(self, nodes: NDArray[np.int64]) -> NDArray[np.int64]:
        """What the routes lead to from these, all in one array."""
        start = self.first_child[nodes]
        counts = self.first_child[nodes + 1] - start
        before = np.cumsum(counts) - counts
        return self.order[np.repeat(start - before, counts) + np.arange(int(counts.sum()))]

    def assign(self, nodes: NDArray[np.int64]) -> None:
        """To the parent's group what is part of the parent or repeats it, to one of their own the others."""
        above = self.of[self.routes.parent[nodes]]
        step = self.looks.steps[nodes]
        same = step == np.concatenate(self.steps)[above]
        inside = self.closed[self.routes.parent[nodes]]
        self.closed[nodes] |= inside
        stays = self.looks.is_part[nodes] | inside | (same & (self.repeats[above] >= MOST_REPEATS))
        self.of[nodes[stays]] = above[stays]
        nodes, above, step, same = nodes[~stays], above[~stays], step[~stays], same[~stays]
        parents, steps, back = number_pairs(above, self.count, step, len(self.looks.step_types))
        first = find_first(back, len(parents))
        self.of[nodes] = self.count + back
        self.count += len(parents)
        self.parents.append(parents)
        self.steps.append(steps)
        self.firsts.append(nodes[first])
        repeats = np.where(same[first], self.repeats[above[first]] + 1, 0)
        self.repeats = np.concatenate([self.repeats, repeats])

    def take_the_rest(self) -> None:
        """What is too deep belongs to the deepest group on its way."""
        rest = self.routes.reached & (self.of < 0)
        up = np.where(rest, self.routes.parent, np.arange(len(self.of)))
        self.of = np.where(rest, self.of[follow(up)], self.of)
