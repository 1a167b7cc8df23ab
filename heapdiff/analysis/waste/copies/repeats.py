"""Equal objects by the holder that keeps them: how many there are, and what all but one of each take."""

from __future__ import annotations

import keyword
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from heapdiff.analysis.holders.holder import Place, place_of
from heapdiff.analysis.waste.ground.keepers import find_keepers, some_of
from heapdiff.analysis.waste.ground.worker import Heap
from heapdiff.knowledge.advice.copying import COPIED_BYTES_LEAST, COPIES_LEAST, SAVED_BYTES_LEAST

LOOKED_AT: Final = 64
NAMED: Final = re.compile(r"\]\.([a-z_]\w*)\Z", re.ASCII)


@dataclass(frozen=True)
class Repeated:
    """Objects in one place of which each is there many times. `commonest` is one of those there are most of."""

    place: Place
    nodes: NDArray[np.int64]
    different: int
    bytes: int
    saves: int
    commonest: int
    times: int


@dataclass(frozen=True, slots=True)
class _Groups:
    """Objects in groups of equal ones: `order` sorts them so, and group i begins at `starts[i]`."""

    order: NDArray[np.int64]
    starts: NDArray[np.int64]
    counts: NDArray[np.int64]
    bytes: NDArray[np.int64]
    saves: NDArray[np.int64]


def find_repeats(
    heap: Heap, nodes: NDArray[np.int64], contents: NDArray[np.uint64], weights: NDArray[np.int64]
) -> Iterator[Repeated]:
    """The places in the application's code that keep equal objects, with how often and at what cost.

    For each of `nodes`, ascending, `contents` has a number, the same for equal objects, and `weights` the bytes that go with it.
    Contents that are there only a few times and take little aren't counted. O(n log n).
    """
    reached = heap.routes.reached[nodes]
    nodes, contents, weights = nodes[reached], contents[reached], weights[reached]
    if not len(nodes):
        return
    groups = _group(weights, heap.variables[nodes], contents)
    worth = (groups.counts >= COPIES_LEAST) | (groups.saves >= COPIED_BYTES_LEAST)
    chosen = np.zeros(len(nodes), np.bool_)
    chosen[groups.order] = np.repeat(worth & (groups.counts > 1), groups.counts)
    for kept in find_keepers(heap, nodes[chosen]):
        if not kept.own:
            continue
        at = np.searchsorted(nodes, kept.nodes)
        groups = _group(weights[at], contents[at])
        most = int(np.argmax(groups.saves))
        saves = int(groups.saves.sum())
        if saves >= SAVED_BYTES_LEAST:
            commonest = int(kept.nodes[groups.order[groups.starts[most]]])
            yield Repeated(
                kept.place,
                kept.nodes,
                len(groups.counts),
                int(groups.bytes.sum()),
                saves,
                commonest,
                int(groups.counts[most]),
            )


def _group(weights: NDArray[np.int64], *keys: NDArray[np.integer]) -> _Groups:
    """Of two keys the last decides within the others. One of each group stays: the largest."""
    order = np.lexsort(keys[::-1])
    new = np.zeros(len(order), np.bool_)
    new[0] = True
    for key in keys:
        new[1:] |= np.diff(key[order]) != 0
    starts = np.flatnonzero(new)
    ordered = weights[order]
    total = np.add.reduceat(ordered, starts)
    return _Groups(
        order, starts, np.diff(starts, append=len(order)), total, total - np.maximum.reduceat(ordered, starts)
    )


@dataclass(frozen=True, slots=True)
class Whereabouts:
    """The path that most of some objects have, indexes and keys masked; `all` if it's that of all that were looked at."""

    path: str
    all: bool

    @property
    def name(self) -> str:
        """The attribute or variable that has them, or nothing."""
        found = NAMED.search(self.path)
        return found[1] if found and not keyword.iskeyword(found[1]) else ""

    @property
    def is_key(self) -> bool:
        """Whether they are keys of dicts."""
        return self.path.endswith("<key>")


def find_whereabouts(heap: Heap, nodes: NDArray[np.int64]) -> Whereabouts:
    """Where most of these stand."""
    chosen = some_of(nodes, LOOKED_AT)
    paths = Counter(place_of(heap.routes, int(node)).path_with_masks() for node in chosen)
    return Whereabouts(min(paths, key=lambda path: (-paths[path], path)), len(paths) == 1)
