"""Divides the growth between two snapshots among the objects that were there before. Counts every byte once.

Each new object belongs to the nearest survivor on its cheapest route from a root, each dead one likewise on
the old side, and a survivor's own change of size to itself. New minus dead, per survivor and per reference
from it: that is a *group*. A full cache that swaps old entries for new ones has a group that sums to nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Final

import numpy as np
from numpy.typing import NDArray

from heapdiff.analysis.growth.slots import Book, Slot, number_slots
from heapdiff.analysis.growth.survivors import Survivors
from heapdiff.analysis.holders.modules import find_module_table, is_imported
from heapdiff.analysis.naming.steps import shape_by_type
from heapdiff.analysis.reach.routes import Routes, follow
from heapdiff.format import LABEL_SHIFT, EdgeKind, RootKind
from heapdiff.graph.heap import HeapGraph
from heapdiff.graph.narrow import blocks, distinct
from heapdiff.knowledge.shapes import THREAD_LOCAL

MANY_NAMES: Final = 16
NAMES: Final = frozenset(("entry", "attribute"))
SPARSE: Final = 8  # places for each key in a table: it costs less than sorting
BOOK_ROOM: Final = 1 << 10
FEW: Final = 32  # times fewer than all objects: a search for each costs less than a table of all


@dataclass(frozen=True)
class Group:
    """What one survivor newly keeps along one of its references, or, with the slot `WHOLE`, as a container.

    `keeper` is a node of the later graph, -1 when the growth hangs directly on roots; the slot then names the
    root.
    """

    keeper: int
    slot: Slot
    objects: int
    bytes: int
    own_bytes: int
    held: Mapping[str, tuple[int, int]]  # type -> objects, bytes; net of what died


@dataclass(frozen=True)
class Growth:
    """All groups, and which new objects make them up."""

    groups: tuple[Group, ...]
    fresh: NDArray[np.int64]  # new and reached nodes of the later graph, ascending
    entry: NDArray[np.int64]  # for each: the new object directly below its keeper
    group_of: NDArray[np.int64]  # for each: number of its group
    index: Mapping[tuple[int, Slot], int] = field(default_factory=dict)

    @cached_property
    def _by_group(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Places in `fresh`, in order of their groups, and where each group's begin."""
        order = np.argsort(self.group_of, kind="stable")
        return order, np.searchsorted(self.group_of[order], np.arange(len(self.groups) + 1))

    def _places(self, group: int) -> NDArray[np.int64]:
        order, first = self._by_group
        return order[first[group] : first[group + 1]]

    def members(self, group: int) -> NDArray[np.int64]:
        nodes: NDArray[np.int64] = self.fresh[self._places(group)]
        return nodes

    def members_of(self, groups: Iterable[int]) -> NDArray[np.int64]:
        """Those of several groups, in their order."""
        return np.concatenate([np.zeros(0, np.int64), *map(self.members, groups)])

    def tops(self, group: int) -> NDArray[np.int64]:
        """For each member, in their order: the new object directly below the keeper."""
        tops: NDArray[np.int64] = self.entry[self._places(group)]
        return tops

    def group_at(self, node: int) -> int:
        """The group that a new object belongs to, or -1."""
        at = int(np.searchsorted(self.fresh, node))
        return int(self.group_of[at]) if at < len(self.fresh) and self.fresh[at] == node else -1

    def groups_at(self, nodes: NDArray[np.int64]) -> NDArray[np.int64]:
        """The same for several."""
        places = _places_of(nodes, self.fresh)
        return np.where(places >= 0, self.group_of[places], -1) if len(self.fresh) else places

    def entries(self, groups: Iterable[int]) -> NDArray[np.int64]:
        """The new objects directly below the keepers of these groups."""
        places = np.concatenate([np.zeros(0, np.int64), *(self._places(group) for group in groups)])
        members = self.fresh[places]
        entries: NDArray[np.int64] = members[members == self.entry[places]]
        return entries


def divide_growth(before: Routes, after: Routes, survivors: Survivors) -> Growth:
    """The groups between two snapshots, largest change first. O(n) plus O(new log new)."""
    return describe_groups(divide(before, after, survivors))


def divide(before: Routes, after: Routes, survivors: Survivors) -> Division:
    """The same, without what the groups consist of."""
    book = Book()
    new = _attribute(after, survivors.before_of < 0, book)
    dead = _attribute(before, survivors.after_of < 0, book, survivors.after_of)
    _fold_new_modules(new, after)
    _divide_threads(new, after, book)
    _fold_new_names(new, before.graph, survivors, book)
    resized = _resized(before.graph, after.graph, survivors)
    keepers = np.concatenate([new.keepers, dead.keepers, resized.nodes])
    slots = np.concatenate([new.slots, dead.slots, np.zeros(len(resized.nodes), np.int64)])
    pairs, number = _distinct(keepers, slots)
    sides = np.split(number, np.cumsum([len(new.nodes), len(dead.nodes)]))
    own = np.zeros(len(pairs), np.int64)
    np.add.at(own, sides[2], resized.bytes)
    return Division(book, pairs, new, dead, sides[0], sides[1], own)


def describe_groups(division: Division) -> Growth:
    """The groups of a division with the types of what they hold."""
    book, pairs, own, new = division.book, division.pairs, division.own_bytes, division.new
    held = _sum_by_type(new, division.dead, division.new_groups, division.dead_groups)
    groups = []
    for at, (keeper, slot) in enumerate(pairs.tolist()):
        types = held.get(at, {})
        objects = sum(count for count, _ in types.values())
        weight = sum(size for _, size in types.values()) + int(own[at])
        groups.append(Group(keeper, book.slots[slot], objects, weight, int(own[at]), types))
    index = {(group.keeper, group.slot): at for at, group in enumerate(groups)}
    return Growth(tuple(groups), new.nodes, new.entries, division.new_groups, index)


@dataclass(frozen=True)
class Division:
    """The growth between two snapshots by keeper and slot, in numbers. `pairs`: of each group, in order, (groups, 2)."""

    book: Book
    pairs: NDArray[np.int64]
    new: Side
    dead: Side
    new_groups: NDArray[np.int64]  # for each new object: its group
    dead_groups: NDArray[np.int64]
    own_bytes: NDArray[np.int64]  # (groups,) by which the keepers themselves got larger

    @property
    def sums(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Objects and bytes of each group, net of what died."""
        new, dead = (
            (
                np.bincount(groups, minlength=len(self.pairs)),
                np.bincount(groups, side.graph.sizes[side.nodes], len(self.pairs)).astype(np.int64),
            )
            for side, groups in ((self.new, self.new_groups), (self.dead, self.dead_groups))
        )
        return new[0] - dead[0], new[1] - dead[1] + self.own_bytes

    def find(self, keepers: NDArray[np.int64], slots: NDArray[np.int64]) -> NDArray[np.int64]:
        """The group of each keeper and slot, or -1."""
        width = int(max(self.pairs[:, 1].max(initial=0), slots.max(initial=0))) + 1
        known, wanted = (
            (keeper + 1) * width + slot
            for keeper, slot in ((self.pairs[:, 0], self.pairs[:, 1]), (keepers, slots))
        )
        return _places_of(wanted, known)

    def groups_at(self, nodes: NDArray[np.int64]) -> NDArray[np.int64]:
        """The group that each of these new objects belongs to; -1 for others."""
        places = _places_of(nodes, self.new.nodes)
        return np.where(places >= 0, self.new_groups[places], -1) if len(self.new.nodes) else places


@dataclass(frozen=True)
class Side:
    """What only one of two snapshots has, and whose it is."""

    nodes: NDArray[np.int64]
    entries: NDArray[np.int64]
    keepers: NDArray[np.int64]  # as nodes of the later graph
    slots: NDArray[np.int64]
    graph: HeapGraph


def _attribute(
    routes: Routes, unmatched: NDArray[np.bool_], book: Book, later_of: NDArray[np.int32] | None = None
) -> Side:
    """The keeper and slot of each unmatched object that a root reaches. `later_of`: nodes of the later graph."""
    nodes = np.flatnonzero(unmatched & routes.reached)
    entries = find_entries(routes, nodes)
    tops, back = _number(entries)
    keepers = routes.parent[tops].astype(np.int64)
    if later_of is not None:
        keepers = np.where(keepers >= 0, later_of[keepers], -1)
    slots = number_slots(routes, tops, book)
    return Side(nodes, entries, keepers[back], slots[back], routes.graph)


def _distinct(
    keepers: NDArray[np.int64], slots: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The pairs that there are, in order, (k, 2), and which of them each is. Keepers may be -1."""
    width = int(slots.max(initial=0)) + 1
    known, places = _number(keepers + 1)
    keys, number = _number(places * width + slots)
    return np.stack([known[keys // width] - 1, keys % width], axis=1), number


def _number(keys: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The different ones, ascending, none negative, and which of them each is. O(k) where they aren't far apart."""
    room = int(keys.max(initial=-1)) + 1
    if room > SPARSE * (len(keys) + BOOK_ROOM):
        return np.unique(keys, return_inverse=True)
    there = np.zeros(room, np.bool_)
    there[keys] = True
    places = np.cumsum(there, dtype=np.int32) - np.int32(1)
    return np.flatnonzero(there), places[keys].astype(np.int64)


def _fold_new_names(new: Side, before: HeapGraph, survivors: Survivors, book: Book) -> None:
    """A namespace that gains many names at once is a container: such entries belong to it as a whole."""
    pairs, _ = _distinct(new.keepers, new.slots)
    keepers, counts = np.unique(pairs[:, 0], return_counts=True)
    for keeper in keepers[(counts >= MANY_NAMES) & (keepers >= 0)].tolist():
        known = names_at(before, int(survivors.before_of[keeper]))
        fresh = [
            slot
            for slot in pairs[pairs[:, 0] == keeper, 1].tolist()
            if book.slots[slot][0] in NAMES and book.slots[slot][1] not in known
        ]
        if len(fresh) >= MANY_NAMES:
            new.slots[(new.keepers == keeper) & np.isin(new.slots, fresh)] = 0


def _fold_new_modules(new: Side, routes: Routes) -> None:
    """Many modules that somebody made by hand are entries of `sys.modules`, as those of any dict."""
    graph, table = routes.graph, find_module_table(routes.graph)
    if table < 0 or (new.nodes == table).any():
        return
    roots = [int(root.node) for root in graph.roots if root.kind is RootKind.MODULE]
    tops = distinct(new.entries[new.keepers < 0])
    made = [node for node in tops[np.isin(tops, roots)].tolist() if not is_imported(graph, node)]
    if len(made) >= MANY_NAMES:
        chosen = np.isin(new.entries, made)
        new.keepers[chosen], new.slots[chosen] = table, 0


def _divide_threads(new: Side, routes: Routes, book: Book) -> None:
    """What new threads keep in a `threading.local` is told apart by thread: each has a dict of its own there."""
    graph = routes.graph
    dicts = np.array([kind.name == "dict" for kind in graph.types], np.bool_)
    inside = (new.keepers >= 0) & (new.slots == 0) & dicts[graph.type_ids[new.entries]]
    inside &= dicts[graph.type_ids[np.maximum(new.keepers, 0)]]
    keepers = distinct(new.keepers[inside])
    edges = graph.edges_to(keepers)
    targets, counts = np.unique(graph.targets[edges], return_counts=True)
    alone = edges[np.isin(graph.targets[edges], targets[counts == 1])]
    alone = alone[graph.labels[alone] >> LABEL_SHIFT == EdgeKind.UNNAMED]
    owners = dict(zip(graph.targets[alone].tolist(), graph.owners_of(alone).tolist(), strict=True))
    for keeper in keepers.tolist():
        if keeper in owners and shape_by_type(graph, owners[keeper]) is THREAD_LOCAL:
            for entry in distinct(new.entries[inside & (new.keepers == keeper)]).tolist():
                slot = book.number(("thread", f"{int(graph.addresses[entry]):x}"))
                new.slots[inside & (new.entries == entry)] = slot


def names_at(graph: HeapGraph, node: int) -> set[str]:
    """The names of an object's attributes, or of a namespace's entries."""
    edges = () if node < 0 else graph.edges(node)
    return {graph.name_of(edge.target) if edge.kind is EdgeKind.KEY else edge.name for edge in edges}


def find_entries(routes: Routes, nodes: NDArray[np.int64]) -> NDArray[np.int64]:
    """For each of these nodes, ascending: the highest one on its route that is still among them. O(k log k)."""
    if FEW * len(nodes) < len(routes.graph):
        up = _places_of(routes.parent[nodes], nodes)
    else:
        local = np.full(len(routes.graph), -1, np.int32)
        local[nodes] = np.arange(len(nodes))
        parents = routes.parent[nodes]
        up = np.where(parents >= 0, local[parents], -1)
    return nodes[follow(np.where(up >= 0, up, np.arange(len(nodes))))]


def _places_of(sought: NDArray[np.integer], nodes: NDArray[np.int64]) -> NDArray[np.int64]:
    """Where each stands among these nodes, ascending, or -1. O(k log n)."""
    if not len(nodes):
        return np.full(len(sought), -1, np.int64)
    at = np.minimum(np.searchsorted(nodes, sought), len(nodes) - 1)
    return np.where(nodes[at] == sought, at, -1)


@dataclass(frozen=True)
class _Resized:
    nodes: NDArray[np.int64]
    bytes: NDArray[np.int64]


def _resized(before: HeapGraph, after: HeapGraph, survivors: Survivors) -> _Resized:
    found, changes = [np.zeros(0, np.int64)], [np.zeros(0, np.int64)]
    for block in blocks(len(after)):
        before_of = survivors.before_of[block]
        there = np.flatnonzero(before_of >= 0)
        change = after.sizes[block][there] - before.sizes[before_of[there]]
        changed = change != 0
        found.append(there[changed] + block.start)
        changes.append(change[changed])
    return _Resized(np.concatenate(found), np.concatenate(changes))


def _sum_by_type(
    new: Side, dead: Side, new_groups: NDArray[np.int64], dead_groups: NDArray[np.int64]
) -> dict[int, dict[str, tuple[int, int]]]:
    """Net objects and bytes for each group and type that did not come out even."""
    names = sorted({kind.name for side in (new, dead) for kind in side.graph.types})
    number = {name: at for at, name in enumerate(names)}
    parts = []
    for side, groups, sign in ((new, new_groups, 1), (dead, dead_groups, -1)):
        types = np.array([number[kind.name] for kind in side.graph.types], np.int64)
        own = types[side.graph.type_ids[side.nodes]] if len(side.nodes) else np.zeros(0, np.int64)
        parts.append(
            (groups * len(names) + own, np.full(len(own), sign), sign * side.graph.sizes[side.nodes])
        )
    keys, counts, sizes = (np.concatenate(column) for column in zip(*parts, strict=True))
    distinct, back = _number(keys)
    count = np.zeros(len(distinct), np.int64)
    size = np.zeros(len(distinct), np.int64)
    np.add.at(count, back, counts)
    np.add.at(size, back, sizes)
    held: dict[int, dict[str, tuple[int, int]]] = {}
    for key, objects, weight in zip(distinct.tolist(), count.tolist(), size.tolist(), strict=True):
        if objects or weight:
            held.setdefault(key // len(names), {})[names[key % len(names)]] = (objects, weight)
    return held
