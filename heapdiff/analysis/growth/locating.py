"""From a group of growth to the holder a person would name: down to where it gathers, up to what keeps a structure."""

from collections import Counter
from typing import Final

import numpy as np
from numpy.typing import NDArray

from heapdiff.analysis.growth.attribution import Growth, find_entries
from heapdiff.analysis.growth.slots import WHOLE
from heapdiff.analysis.holders.holder import Place, place_at
from heapdiff.analysis.holders.shapes import without_parts
from heapdiff.analysis.reach.routes import Routes
from heapdiff.analysis.reach.trails import Trail, find_trail
from heapdiff.format import RootKind
from heapdiff.graph.heap import HeapGraph

CONCENTRATED: Final = 0.7  # of the growth below one child: that child, not its parent, is where things gather
MIN_BELOW: Final = 8
LINKED: Final = 3  # so many objects of one type below each other are a linked structure
PLAIN: Final = frozenset(
    ("dict", "list", "tuple", "set", "frozenset", "module", "type", "function", "cell", "method", "frame")
)


def locate(routes: Routes, growth: Growth, number: int) -> Place | None:
    """The holder of a group; None when nothing in the later snapshot stands for it any more."""
    group = growth.groups[number]
    members = growth.members(number)
    if group.keeper >= 0 and group.slot == WHOLE:
        start, trail = group.keeper, find_trail(routes, group.keeper)
    else:
        if not len(members):
            return None
        tops = growth.tops(number)
        start = _heaviest(routes, members, tops)
        trail = _trail_through(routes, group.keeper, start)
        if trail.root is not None and trail.root.kind is RootKind.THREAD_STATE:
            members = members[tops == start]  # each thread has its own: the one that has most stands for all
        members = members[members != start]
    trail, linked = _descend(routes, trail, members)
    cut = _first_of_structure(routes.graph, trail)
    if cut < len(trail.nodes):
        trail, linked = trail.upto(cut), True
    return place_at(routes, without_parts(routes.graph, trail), linked)


def _trail_through(routes: Routes, keeper: int, entry: int) -> Trail:
    if keeper < 0:
        return find_trail(routes, entry)
    trail = find_trail(routes, keeper)
    return trail.extended(int(routes.via[entry]), entry)


def _heaviest(routes: Routes, members: NDArray[np.int64], entries: NDArray[np.int64]) -> int:
    """The entry below which most bytes hang; of equals the one at the lowest address."""
    tops, back = np.unique(entries, return_inverse=True)
    weight = np.bincount(back, routes.graph.sizes[members], len(tops))
    return int(tops[int(np.argmax(weight))])


def _descend(routes: Routes, trail: Trail, members: NDArray[np.int64]) -> tuple[Trail, bool]:
    """Follow the growth down while nearly all of it hangs below one new object."""
    types = [routes.graph.type_name(trail.nodes[-1])]
    path = trail
    while len(members) >= MIN_BELOW:
        entries = find_entries(routes, members)
        tops, counts = np.unique(entries, return_counts=True)
        best = int(np.argmax(counts))
        child = int(tops[best])
        if counts[best] < CONCENTRATED * len(members) or counts[best] <= MIN_BELOW:
            break
        if int(routes.parent[child]) != path.nodes[-1]:
            break
        kind = routes.graph.type_name(child)
        if types.count(kind) >= LINKED - 1:
            return path.upto(len(trail.nodes) + types.index(kind)), True
        types.append(kind)
        members = members[(entries == child) & (members != child)]
        path = path.extended(int(routes.via[child]), child)
    return path, False


def as_structure(routes: Routes, place: Place) -> Place:
    """A place inside a tree becomes the place of the tree, if its trail shows one; else it stays."""
    cut = _first_of_structure(routes.graph, place.trail, LINKED - 1)
    return place if cut >= len(place.trail.nodes) else place_at(routes, place.trail.upto(cut), True)


def _first_of_structure(graph: HeapGraph, trail: Trail, least: int = LINKED) -> int:
    """How many nodes of the trail lead to the first object of a linked structure on it; all, if there is
    none.
    """
    names = [graph.type_name(node) for node in trail.nodes]
    often = {name for name, count in Counter(names).items() if count >= least and name not in PLAIN}
    return next((at + 1 for at, name in enumerate(names) if name in often), len(names))
