"""From a group of growth to the holder a person would name: the container, its path and its length."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np
from numpy.typing import NDArray

from heapdiff.analysis.growth.attribution import Growth, find_entries
from heapdiff.analysis.growth.slots import WHOLE
from heapdiff.analysis.naming.paths import read_links, write_path
from heapdiff.analysis.naming.steps import Link
from heapdiff.analysis.naming.thread_locals import is_context_table
from heapdiff.analysis.reach.origins import LRU_CACHE
from heapdiff.analysis.reach.routes import Routes
from heapdiff.analysis.reach.trails import GAP, Trail, find_trail, own_text
from heapdiff.answers import HolderKind, Step
from heapdiff.format import LABEL_SHIFT, EdgeKind, TypeFlag
from heapdiff.graph.heap import HeapGraph

__all__ = [
    "Place",
    "as_structure",
    "attribute_of",
    "find_attribute",
    "find_owner",
    "length_of",
    "locate",
    "place_at",
    "place_of",
]

CONCENTRATED: Final = 0.7  # of the growth below one child: that child, not its parent, is where things gather
MIN_BELOW: Final = 8
CACHE_PART: Final = re.compile(r"_\w*Cache__\w+")  # private names of cachetools' classes
CACHE_DATA: Final = re.compile(r"_Cache__data")
LINKED: Final = 3  # so many objects of one type below each other are a linked structure
PLAIN: Final = frozenset(
    ("dict", "list", "tuple", "set", "frozenset", "module", "type", "function", "cell", "method", "frame")
)
LENGTH_KINDS: Final = (EdgeKind.ELEMENT, EdgeKind.VALUE, EdgeKind.INT_VALUE, EdgeKind.MEMBER)
SIZED: Final = frozenset(("list", "tuple", "set", "frozenset", "collections.deque"))


@dataclass(frozen=True)
class Place:
    """An object found and how it is reached, step by step. How that reads is written when somebody asks."""

    node: int
    trail: Trail
    links: tuple[Link, ...]
    structure: bool = False  # a linked structure, named by the variable that keeps its first object

    @property
    def kind(self) -> HolderKind:
        """What kind of thing keeps it."""
        return next((link.kind for link in reversed(self.links) if link.kind is not None), HolderKind.OTHER)

    @property
    def chain(self) -> tuple[Step, ...]:
        return tuple(link.step for link in self.links)

    @cached_property
    def path(self) -> str:
        return write_path(self.links)

    @cached_property
    def masked(self) -> tuple[str, ...]:
        """Equal for places that differ only in an index or a key."""
        return tuple(link.masked for link in self.links)

    def path_with_masks(self) -> str:
        """The path with every index and key masked: it stands for all holders that differ only there."""
        return write_path(self.links, masked=True)


def place_of(routes: Routes, node: int) -> Place:
    """Where one object stands."""
    return place_at(routes, find_trail(routes, node))


def place_at(routes: Routes, trail: Trail, structure: bool = False) -> Place:
    """The place at the end of a trail."""
    graph, node = routes.graph, trail.nodes[-1]
    links = read_links(routes.homes, trail)
    if graph.type_name(node) == LRU_CACHE:
        step = Step("cache", "<lru_cache>", LRU_CACHE)
        links = (*links, Link(step, ".<lru_cache>", node, HolderKind.LRU_CACHE))
    return Place(node, trail, links, structure)


def locate(routes: Routes, growth: Growth, number: int) -> Place | None:
    """The holder of a group; None when nothing in the later snapshot stands for it any more."""
    group = growth.groups[number]
    members = growth.members(number)
    if group.keeper >= 0 and group.slot == WHOLE:
        start, trail = group.keeper, find_trail(routes, group.keeper)
    else:
        if not len(members):
            return None
        start = _heaviest(routes, members, growth.entry[growth.group_of == number])
        trail = _trail_through(routes, group.keeper, start)
        members = members[members != start]
    trail, linked = _descend(routes, trail, members)
    cut = _first_of_structure(routes.graph, trail)
    if cut < len(trail.nodes):
        trail, linked = trail.upto(cut), True
    trail = _without_cache_dict(routes.graph, trail)
    trail = _without_hidden(routes.graph, _without_cache_parts(routes.graph, trail))
    return place_at(routes, trail, linked)


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


def _without_cache_dict(graph: HeapGraph, trail: Trail) -> Trail:
    """An `lru_cache`'s own dict is not a thing of its own: its wrapper is."""
    if len(trail.nodes) > 1 and graph.type_name(trail.nodes[-2]) == LRU_CACHE and trail.edges[-1] != GAP:
        kind = graph.edge(trail.edges[-1]).kind
        if kind in (EdgeKind.INTERNAL, EdgeKind.UNNAMED) and graph.type_name(trail.nodes[-1]) == "dict":
            return trail.upto(len(trail.nodes) - 1)
    return trail


def _without_cache_parts(graph: HeapGraph, trail: Trail) -> Trail:
    """The dicts and links that a cache of cachetools keeps in private attributes are the cache."""
    for at, edge in enumerate(trail.edges):
        if edge != GAP and CACHE_PART.fullmatch(own_text(graph, edge)):
            inside = (
                at > 0 and trail.edges[at - 1] != GAP and own_text(graph, trail.edges[at - 1]) == "__dict__"
            )
            return trail.upto(at if inside else at + 1)
    return trail


def _without_hidden(graph: HeapGraph, trail: Trail) -> Trail:
    """What hangs on a reference without any name is a part of its owner that nobody can write down."""
    while len(trail.nodes) > 1 and trail.edges[-1] != GAP and not is_context_table(graph, trail.nodes[-2]):
        owner = graph.types[int(graph.type_ids[trail.nodes[-2]])]
        if graph.edge(trail.edges[-1]).kind is not EdgeKind.UNNAMED or owner.flags & TypeFlag.PSEUDO:
            break
        trail = trail.upto(len(trail.nodes) - 1)
    return trail


def find_owner(graph: HeapGraph, place: Place) -> tuple[int, str]:
    """The object that has the holder, or what holds it, as its attribute, and its type's module; -1 without one."""
    links = place.links
    for above, link in zip(reversed(links[:-1]), reversed(links[1:]), strict=True):
        if link.step.step == "attribute":
            return above.node, graph.type_name(above.node).rpartition(".")[0]
    return -1, ""


def find_attribute(place: Place) -> str:
    """The name of the last attribute on the way to the holder, or nothing."""
    steps = (link.step for link in reversed(place.links))
    return next((step.name for step in steps if step.step == "attribute"), "")


def attribute_of(graph: HeapGraph, node: int, wanted: re.Pattern[str]) -> int:
    """The first of an object's attributes with such a name, or -1."""
    edges = list(graph.edges(node, EdgeKind.ATTRIBUTE))
    found = [edge.target for edge in edges if wanted.fullmatch(edge.name)]
    for space in (edge.target for edge in edges if edge.name == "__dict__"):
        key = ""
        for edge in graph.edges(space):
            if edge.kind is EdgeKind.VALUE and wanted.fullmatch(key):
                found.append(edge.target)
            key = graph.name_of(edge.target) if edge.kind is EdgeKind.KEY else ""
    return found[0] if found else -1


def length_of(graph: HeapGraph, node: int) -> int | None:
    """The number of entries, or None for what is no container."""
    if graph.type_name(node) == LRU_CACHE:
        return _length_of_cache(graph, node)
    data = attribute_of(graph, node, CACHE_DATA)
    if data >= 0:
        return length_of(graph, data)
    kind = graph.types[int(graph.type_ids[node])]
    kinds = graph.labels[int(graph.first_edge[node]) : int(graph.first_edge[node + 1])] >> LABEL_SHIFT
    count = int(np.isin(kinds, [int(wanted) for wanted in LENGTH_KINDS]).sum())
    return count if count or kind.flags & TypeFlag.DICT or kind.name in SIZED else None


def _length_of_cache(graph: HeapGraph, node: int) -> int | None:
    dicts = [
        edge.target
        for edge in graph.edges(node, EdgeKind.INTERNAL, EdgeKind.UNNAMED)
        if graph.type_name(edge.target) == "dict"
    ]
    lengths = [length_of(graph, target) or 0 for target in dicts]
    return max(lengths) if lengths else None
