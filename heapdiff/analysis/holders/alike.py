"""Sorts objects by how the routes to them read, keys and indexes aside, in whole arrays. Names nothing."""

from functools import cached_property
from typing import Final

import numpy as np
from numpy.typing import NDArray

from heapdiff.analysis.reach.routes import Routes, follow
from heapdiff.format import LABEL_PAYLOAD, LABEL_SHIFT, EdgeKind
from heapdiff.graph.heap import HAS_NAME
from heapdiff.graph.narrow import blocks, distinct

MOST_CLIMBS: Final = 32
TEXT_KEY: Final = 1
NAMELESS: Final = -2  # the look of what native code holds, or nothing: its type says all
DENSE: Final = 4  # times as many possible values as there are: marking them costs less than sorting
FEW: Final = (
    32  # times fewer: looking for each in what is sorted costs less than a table of all, or than sorting all
)
MOST_LOOKS: Final = 4  # of what one thing keeps, that are told apart by a table
SHORT: Final = 32  # steps of a run that are taken one by one


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
        spaces = np.flatnonzero((owners >= 0) & self.is_namespace[owners])
        above = self.routes.parent[owners[spaces]]
        owners[spaces[above >= 0]] = above[above >= 0]
        return owners

    def look(self, nodes: NDArray[np.int64]) -> NDArray[np.int64]:
        """The name of the reference; of keys only whether they are strings, and of indexes nothing.

        Numbers below 16 times the names for a reference, and above them for one name in a namespace, or one root: so few
        that they can be marked.
        """
        via, width = self.routes.via[nodes], max(len(self.graph.names), TEXT_KEY + 1)
        labels = self.graph.labels_at(via)
        kinds = labels >> LABEL_SHIFT
        look = np.where(HAS_NAME[kinds], labels & LABEL_PAYLOAD, 0)
        look += width * np.where(kinds == EdgeKind.INT_VALUE, EdgeKind.VALUE, kinds)
        values = np.flatnonzero((kinds == EdgeKind.VALUE) & (via >= 0))
        keys = self.graph.targets_at(via[values] - 1)
        named = self.is_namespace[self.routes.parent[nodes[values]]]
        texts = TEXT_KEY * self.is_text[self.graph.type_ids[keys]]
        look[values] = np.where(named, 16 * width + keys, look[values] + texts)
        starts = np.flatnonzero(via < 0)
        roots = 16 * width + len(self.graph) + nodes[starts]
        look[starts] = np.where(self.is_root[nodes[starts]], roots, NAMELESS)
        return look

    def climb(
        self, looks: NDArray[np.int64], nodes: NDArray[np.int64]
    ) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """One step further up: what was seen so far, with the type left and the reference taken."""
        types, taken, above = (np.full(len(nodes), -1, np.int64) for _ in range(3))
        for block in blocks(len(nodes)):
            inside = np.flatnonzero(nodes[block] >= 0) + block.start
            some = nodes[inside]
            types[inside], taken[inside] = self.graph.type_ids[some], self.look(some)
            above[inside] = self.owner(some)
        return number_rows(looks, types, taken)[1], above

    def top_of(self, nodes: NDArray[np.int64]) -> NDArray[np.int64]:
        """The first of the run of like steps that each of these is in, `.next.next.next`; -1 stays."""
        tops, left = nodes.copy(), np.flatnonzero(nodes >= 0)
        for _ in range(SHORT):
            above = self.owner(tops[left])
            left, above = left[above >= 0], above[above >= 0]
            like = self._is_like(tops[left], above)
            left = left[like]
            if not len(left):
                return tops
            tops[left] = above[like]
        tops[left] = self._tops[tops[left]]
        return tops

    def _is_like(self, nodes: NDArray[np.int64], above: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Whether each of these is of the type of what is above it, and referred to in the same way."""
        types = self.graph.type_ids
        like: NDArray[np.bool_] = types[nodes] == types[above]
        same = np.flatnonzero(like)
        like[same] = self.look(nodes[same]) == self.look(above[same])
        return like

    @cached_property
    def _tops(self) -> NDArray[np.int64]:
        """The same for every object: O(n), however long the runs are."""
        nodes = np.arange(len(self.graph))
        above = self.owner(nodes)
        inside = np.flatnonzero(above >= 0)
        like = inside[self._is_like(inside, above[inside])]
        nodes[like] = above[like]
        return follow(nodes)


def number_rows(*columns: NDArray[np.integer]) -> tuple[int, NDArray[np.int64]]:
    """How many rows are distinct, and a number for each that is equal where all columns are, in the order of the rows."""
    length = len(columns[0])
    possible, numbers = 1, np.zeros(length, np.int64)
    for given in columns:
        column, (low, high) = given, _bounds(given)
        width = high - low + 1
        if possible * width > DENSE * length:  # so that they stay close together, and within 64 bits
            possible, numbers = _number_values(numbers)
            width, column = _number_values(given)
            low = 0
        numbers *= width
        numbers += column
        numbers -= low
        possible *= width
    return _number_values(numbers)


def _bounds(column: NDArray[np.integer]) -> tuple[int, int]:
    return (int(column.min()), int(column.max())) if len(column) else (0, 0)


def _number_values(column: NDArray[np.integer]) -> tuple[int, NDArray[np.int64]]:
    """How many values are distinct, and the rank of each. By marking where they are close together."""
    low, high = _bounds(column)
    if low == high:
        return min(1, len(column)), np.zeros(len(column), np.int64)
    if high - low >= DENSE * len(column):
        return _sort_values(column)
    there = np.zeros(high - low + 1, np.bool_)
    for block in blocks(len(column)):
        there[column[block] - low] = True
    ranks, numbers = np.cumsum(there), np.empty(len(column), np.int64)
    for block in blocks(len(column)):
        numbers[block] = ranks[column[block] - low]
    numbers -= 1
    return int(ranks[-1]), numbers


def _sort_values(column: NDArray[np.integer]) -> tuple[int, NDArray[np.int64]]:
    """The same for any values. Without saying where they stand they're sorted much faster, and mostly few are distinct."""
    values = distinct(column)
    if FEW * len(values) < len(column):
        return len(values), np.searchsorted(values, column)
    return len(values), np.unique(column, return_inverse=True)[1].reshape(-1).astype(np.int64)


def find_alike(
    routes: Routes, nodes: NDArray[np.int64], most: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The lowest object of each class whose routes read the same, and how many it has, largest class first.

    Not more alike than it takes to have at most `most` classes: objects that one thing keeps along one reference,
    then those that such things keep, and so on up. More remain where ways differ far up. The nodes are ascending.
    O(n) for the first steps; then there are few.
    """
    likeness = Likeness(routes)
    first, counts = nodes, np.ones(len(nodes), np.int64)
    looks, at = likeness.climb(np.zeros(len(nodes), np.int64), nodes)
    for climbed in range(MOST_CLIMBS + 1):
        heads, weights = _join(looks, at, counts, len(routes.graph))
        looks, at, first, counts = looks[heads], at[heads], first[heads], weights
        if len(first) <= most or climbed == MOST_CLIMBS:
            break
        looks, at = likeness.climb(looks, likeness.top_of(at))
    order = np.lexsort((first, -counts))
    return first[order], counts[order]


def _join(
    looks: NDArray[np.int64], at: NDArray[np.int64], counts: NDArray[np.int64], size: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The first row of each class, ascending, and what the class has together."""
    head = _find_heads(looks, at, size)
    heads = np.flatnonzero(head == np.arange(len(head)))
    return heads, np.bincount(head, counts, len(head))[heads].astype(np.int64)


def _find_heads(looks: NDArray[np.int64], at: NDArray[np.int64], size: int) -> NDArray[np.int64]:
    """The first row of each row's class. What one thing keeps mostly looks the same: a table by thing, a few times over."""
    head, left = np.arange(len(at)), np.arange(len(at))
    table = np.empty(size + 1, np.int64)  # read only where it was written just before
    for _ in range(MOST_LOOKS):
        if FEW * len(left) < size:
            break
        table[at[left[::-1]]] = left[::-1]  # the first one stays; -1 is the last place
        first = table[at[left]]
        same = looks[left] == looks[first]
        head[left[same]] = first[same]
        left = left[~same]
    count, numbers = number_rows(looks[left], at[left])
    first = np.empty(count, np.int64)
    first[numbers[::-1]] = left[::-1]
    head[left] = first[numbers]
    return head
