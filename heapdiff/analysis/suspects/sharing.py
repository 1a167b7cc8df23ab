"""Which new objects of one holder are another's, too: the second dict, the index, the registry that only notes them.

    shop.orders.ALL ──► Order ◄── shop.orders.RECENT           has ALL's entries as its own
    shop.orders.ALL ──► Order ◄── tuple ◄── shop.orders.INDEX  has them around its own
    weakref.finalize._registry ──► _Info ┄weak┄► Order         refers to them

One look at the references to and from some new entries of each group. Decides nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import islice
from typing import Final

import numpy as np
from numpy.typing import NDArray

from heapdiff.analysis.growth.findings import Finding, Later
from heapdiff.analysis.growth.locating import locate
from heapdiff.analysis.growth.slots import WHOLE
from heapdiff.analysis.holders.holder import Place, place_of
from heapdiff.format import LABEL_SHIFT, EdgeKind, RootKind, TypeFlag
from heapdiff.graph.narrow import distinct

Numbers = NDArray[np.int64]

SAMPLE: Final = 256  # entries of a group
HALF: Final = 0.5  # of a holder's entries: who has them, too, is another holder of the same
MOST_KEEPERS: Final = 5
MOST_PAIRS: Final = 1 << 18  # of a thread's frames: all of 500, if all are new and no other thread has any
VALUES: Final = ("str", "int", "float", "bool", "bytes", "complex", "NoneType")  # shared by chance


@dataclass(frozen=True, slots=True)
class Keeper:
    """A further holder of a finding's entries; its `group` is nothing but its own way to keep them, or -1.

    `direct` ones have them, or new objects around them, as their own entries.
    """

    place: Place
    group: int
    direct: bool


@dataclass(frozen=True)
class _Table:
    """Pairs of an entry and what else has it, each once, in the order of the entries' groups."""

    groups: Numbers
    others: Numbers
    direct: NDArray[np.bool_]
    entries: Numbers

    @classmethod
    def of(cls, groups: Numbers, entries: Numbers, others: Numbers, direct: NDArray[np.bool_]) -> _Table:
        order = np.lexsort((~direct, others, entries, groups))
        entries, others = entries[order], others[order]
        first = np.ones(len(order), np.bool_)
        first[1:] = (np.diff(entries) != 0) | (np.diff(others) != 0)
        return cls(groups[order][first], others[first], direct[order][first], entries[first])

    def rows(self, groups: Sequence[int]) -> Numbers:
        """Where the pairs of these groups stand."""
        first, last = np.searchsorted(self.groups, groups), np.searchsorted(self.groups, groups, "right")
        return np.concatenate([np.zeros(0, np.int64), *map(np.arange, first.tolist(), last.tolist())])


class Sharing:
    """What the findings of one step have in common. O(references of the sample)."""

    def __init__(self, step: Later, findings: Sequence[Finding]) -> None:
        self._step, self._graph, self._growth = step, step.routes.graph, step.growth
        self._keepers = np.array([group.keeper for group in step.growth.groups], np.int64)
        self._entries = _sample(step, [number for finding in findings for number in finding.groups])
        self._groups = self._growth.group_of[self._places(self._entries)]
        via = step.routes.via[self._entries]
        keys = self._graph.labels_at(via) >> LABEL_SHIFT == EdgeKind.KEY
        self._is_value = ~keys  # keys of dicts have ways of their own
        self._counts = np.bincount(self._groups, minlength=len(self._keepers))
        self._values = np.bincount(self._groups[self._is_value], minlength=len(self._keepers))
        self._placed: dict[int, Place | None] = {}

    def keepers_of(self, finding: Finding) -> list[Keeper]:
        """Survivors other than its own keepers that hold half of its entries, or whose new objects do."""
        table, mine = self._kept, np.array(finding.groups, np.int64)
        rows = table.rows(finding.groups)
        rows = rows[
            ~np.isin(table.others[rows], mine) & ~np.isin(-1 - table.others[rows], self._keepers[mine])
        ]
        found, back, counts = np.unique(table.others[rows], return_inverse=True, return_counts=True)
        straight = np.bincount(back, table.direct[rows], len(found)) > 0
        often = np.argsort(-counts, kind="stable")
        often = often[counts[often] >= HALF * self._values[mine].sum()][:MOST_KEEPERS]
        keepers = [self._keeper(int(found[at]), bool(straight[at])) for at in often]
        different = {each.place.node: each for each in reversed(keepers) if each is not None}
        return sorted(different.values(), key=lambda keeper: keeper.place.path)

    def _keeper(self, other: int, direct: bool) -> Keeper | None:
        routes, growth = self._step.routes, self._growth
        if other not in self._placed:
            found = locate(routes, growth, other) if other >= 0 else place_of(routes, -1 - other)
            self._placed[other] = found
        place = self._placed[other]
        group = other if other >= 0 else growth.index.get((-1 - other, WHOLE), -1)
        return None if place is None else Keeper(place, group if direct else -1, direct)

    def referred_by(self, finding: Finding) -> tuple[int, Numbers, Numbers]:
        """How many entries were looked at, and the pairs of one and a group that has what it refers to, or notes it weakly.

        Where only the container itself got larger, all that it holds is another's.
        """
        table, mine = self._referring, np.array(finding.groups, np.int64)
        if looked_at := int(self._counts[mine].sum()):
            rows = table.rows(finding.groups)
            return looked_at, table.entries[rows], table.others[rows]
        _, targets = self._spread(self._graph.first_edge, np.array([finding.place.node]))
        held = distinct(self._graph.targets[targets].astype(np.int64))
        places = self._places(held)
        return int((places >= 0).sum()), held[places >= 0], self._growth.group_of[places[places >= 0]]

    def _places(self, nodes: NDArray[np.integer]) -> Numbers:
        """Where these stand among the new objects, -1 for others."""
        fresh = self._growth.fresh
        if not len(fresh):
            return np.full(len(nodes), -1, np.int64)
        at = np.minimum(np.searchsorted(fresh, nodes), len(fresh) - 1)
        return np.where(fresh[at] == nodes, at, -1)

    @staticmethod
    def _spread(first: NDArray[np.int32], nodes: Numbers) -> tuple[Numbers, Numbers]:
        """For each reference of these nodes: which of them has it, and its position."""
        counts = first[nodes + 1] - first[nodes]
        owners = np.repeat(np.arange(len(nodes)), counts)
        return owners, np.arange(len(owners)) + np.repeat(first[nodes] - np.cumsum(counts) + counts, counts)

    @cached_property
    def _kept(self) -> _Table:
        """Entries and what else refers to them: a group of other new objects, or -1 - a survivor."""
        graph, growth = self._graph, self._growth
        entries, groups = self._entries[self._is_value], self._groups[self._is_value]
        edges = graph.edges_to(entries)
        owners = np.searchsorted(entries, graph.targets[edges])
        order = np.argsort(owners, kind="stable")
        owners, sources = owners[order], graph.owners_of(edges[order])
        places = self._places(sources)
        others = np.where(places >= 0, growth.group_of[places], -1 - sources)
        pseudo = np.array([bool(kind.flags & TypeFlag.PSEUDO) for kind in graph.types], np.bool_)
        old = (places < 0) & self._step.routes.reached[sources] & ~pseudo[graph.type_ids[sources]]
        new = (places >= 0) & (others != groups[owners]) & (self._keepers[np.maximum(others, 0)] >= 0)
        direct = old | (growth.entry[places] == sources)
        chosen = old | new
        return _Table.of(groups[owners[chosen]], owners[chosen], others[chosen], direct[chosen])

    @cached_property
    def _referring(self) -> _Table:
        """Entries and the groups to whose objects all that hangs on them refers, or that note it weakly."""
        graph, growth = self._graph, self._growth
        entries, parts = self._parts
        owners, positions = self._spread(graph.first_edge, parts)
        plain = np.array([kind.name in VALUES for kind in graph.types], np.bool_)
        weight = ~plain[graph.type_ids[graph.targets[positions]]]
        pairs = [
            (entries, parts),
            (entries[owners[weight]], graph.targets[positions[weight]].astype(np.int64)),
            self._notes,
        ]
        tops, nodes = (np.concatenate(column) for column in zip(*pairs, strict=True))
        places, groups = self._places(nodes), growth.group_of[self._places(tops)]
        chosen = (places >= 0) & (growth.group_of[places] != groups)
        return _Table.of(groups[chosen], tops[chosen], growth.group_of[places[chosen]], chosen[chosen])

    @cached_property
    def _notes(self) -> tuple[Numbers, Numbers]:
        """Entries, and the new objects that refer weakly to something of theirs."""
        graph = self._graph
        weak = graph.edges_of_kind(EdgeKind.WEAK)
        places = self._places(graph.targets[weak])
        weak, tops = weak[places >= 0], self._growth.entry[places[places >= 0]]
        chosen = np.isin(tops, self._entries)
        return tops[chosen], graph.owners_of(weak[chosen])

    @cached_property
    def _parts(self) -> tuple[Numbers, Numbers]:
        """All that hangs on each entry; of a thread's frame, all frames of that thread."""
        growth = self._growth
        threads: dict[str, dict[int, None]] = {}
        for root in self._graph.roots:
            if root.kind is RootKind.THREAD:
                threads.setdefault(root.name, {})[int(root.node)] = None
        tops = set(self._entries.tolist())
        pairs = ((one, other) for each in threads.values() for one in each if one in tops for other in each)
        frames = np.fromiter(islice(pairs, MOST_PAIRS), np.dtype((np.int64, 2)))
        below = np.isin(growth.entry, np.setdiff1d(self._entries, frames[:, 0]))
        return (
            np.concatenate([growth.entry[below], frames[:, 0]]),
            np.concatenate([growth.fresh[below], frames[:, 1]]),
        )


def _sample(step: Later, groups: Iterable[int]) -> Numbers:
    """Entries of these groups, some of each, evenly chosen."""
    growth = step.growth
    wanted = np.zeros(len(growth.groups), np.bool_)
    wanted[np.fromiter(groups, np.int64)] = True
    tops = np.flatnonzero((growth.fresh == growth.entry) & wanted[growth.group_of])
    tops = tops[np.argsort(growth.group_of[tops], kind="stable")]
    numbers = growth.group_of[tops]
    stride = -(-np.bincount(numbers, minlength=1) // SAMPLE)
    rank = np.arange(len(tops)) - np.searchsorted(numbers, numbers)
    return np.sort(growth.fresh[tops[rank % stride[numbers] == 0]])
