"""Sorts objects by how the routes to them read, keys and indexes aside, in whole arrays. Names nothing."""

from functools import cached_property
from typing import Final

import numpy as np
from numpy.typing import NDArray

from heapdiff.analysis.reach.routes import Routes, follow
from heapdiff.format import LABEL_SHIFT, EdgeKind
from heapdiff.graph.heap import HAS_NAME

MOST_CLIMBS: Final = 32
TEXT_KEY: Final = 1
SINGLE: Final = 1 << 33  # above every label: the look of one name in a namespace, or of one root
NAMELESS: Final = -2  # the look of what native code holds, or nothing: its type says all


class Likeness:
    """How each object is referred to on its route, as numbers that are equal where it reads the same."""

    def __init__(self, routes: Routes) -> None:
        self.routes, self.graph = routes, routes.graph
        self.is_namespace = routes.homes.is_namespace
        self.is_root = np.zeros(len(self.graph), np.bool_)
        self.is_root[list(routes.starts.named)] = True
        self.is_text = np.array([kind.name == "str" for kind in self.graph.types], np.bool_)

    def owner(self, nodes: NDArray[np.int64]) -> NDArray[np.int64]:
        """What refers to each of these; of an entry in a namespace, whose namespace it is. -1 at a root."""
        owners = self.routes.parent[nodes].astype(np.int64)
        spaces = (owners >= 0) & self.is_namespace[owners]
        above = self.routes.parent[owners]
        return np.where(spaces & (above >= 0), above, owners)

    def look(self, nodes: NDArray[np.int64]) -> NDArray[np.int64]:
        """The name of the reference; of keys only whether they are strings, and of indexes nothing."""
        via = self.routes.via[nodes]
        labels = self.graph.labels_at(via)
        kinds = labels >> LABEL_SHIFT
        kinds = np.where(kinds == EdgeKind.INT_VALUE, EdgeKind.VALUE, kinds)
        look = np.where(HAS_NAME[kinds], labels, kinds << LABEL_SHIFT)
        keys = self.graph.targets_at(via - 1)
        values = (labels >> LABEL_SHIFT == EdgeKind.VALUE) & (via >= 0)
        look += TEXT_KEY * (values & self.is_text[self.graph.type_ids[keys]])
        look = np.where(values & self.is_namespace[self.routes.parent[nodes]], SINGLE + keys, look)
        roots = np.where(self.is_root[nodes], SINGLE + len(self.graph) + nodes, NAMELESS)
        return np.where(via < 0, roots, look)

    def climb(
        self, looks: NDArray[np.int64], nodes: NDArray[np.int64]
    ) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """One step further up: what was seen so far, with the type left and the reference taken."""
        inside = np.maximum(nodes, 0)
        types = np.where(nodes >= 0, self.graph.type_ids[inside].astype(np.int64), -1)
        taken = np.where(nodes >= 0, self.look(inside), -1)
        _, seen = number_rows(looks, types, taken)
        return seen, np.where(nodes >= 0, self.owner(inside), -1)

    @cached_property
    def tops(self) -> NDArray[np.int64]:
        """The first of each run of like steps, `.next.next.next`, for every object in it."""
        nodes = np.arange(len(self.graph))
        above = self.owner(nodes)
        look, types = self.look(nodes), self.graph.type_ids
        like = (above >= 0) & (look == look[above]) & (types == types[above])
        return follow(np.where(like, above, nodes))


def number_rows(*columns: NDArray[np.int64]) -> tuple[int, NDArray[np.int64]]:
    """How many rows are distinct, and a number for each that is equal where all columns are."""
    count, numbers = 1, np.zeros(len(columns[0]), np.int64)
    for column in columns:
        values, place = np.unique(column, return_inverse=True)
        distinct, back = np.unique(numbers * max(1, len(values)) + place, return_inverse=True)
        count, numbers = len(distinct), back.astype(np.int64)
    return count, numbers


def find_alike(
    routes: Routes, nodes: NDArray[np.int64], most: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The lowest object of each class whose routes read the same, and how many it has, largest class first.

    Not more alike than it takes to have at most `most` classes: objects that one thing keeps along one reference,
    then those that such things keep, and so on up. More remain where ways differ far up. O(n log n) per step.
    """
    likeness = Likeness(routes)
    first, counts = nodes, np.ones(len(nodes), np.int64)
    looks, at = likeness.climb(np.zeros(len(nodes), np.int64), nodes)
    for climbed in range(MOST_CLIMBS + 1):
        looks, at, first, counts = _join(looks, at, first, counts)
        if len(first) <= most or climbed == MOST_CLIMBS:
            break
        looks, at = likeness.climb(looks, np.where(at >= 0, likeness.tops[at], -1))
    order = np.lexsort((first, -counts))
    return first[order], counts[order]


def _join(
    looks: NDArray[np.int64], at: NDArray[np.int64], first: NDArray[np.int64], counts: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """One row for each class."""
    number, back = number_rows(looks, at)
    order = np.lexsort((first, back))
    heads = order[np.concatenate(([0], np.flatnonzero(np.diff(back[order])) + 1))[:number]]
    return looks[heads], at[heads], first[heads], np.bincount(back, counts, number).astype(np.int64)
