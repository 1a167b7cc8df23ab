"""Which objects stand for connections and clients, which of them are inside others, and which were there before."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np
from numpy.typing import NDArray

from heapdiff.analysis.holders.shapes import entries_of
from heapdiff.analysis.native.memory import IN_USE, compute_memory_change
from heapdiff.analysis.reach.namespaces import find_globals
from heapdiff.analysis.waste.ground.worker import Heap
from heapdiff.format import RootKind
from heapdiff.graph.heap import HeapGraph
from heapdiff.graph.narrow import distinct
from heapdiff.graph.paths import compute_reachable
from heapdiff.knowledge.advice.connections import CLIENTS, CONNECTIONS, FILES, INSIDE, Kind

FEW: Final = 5  # of a kind, which any worker may have
DEPTH: Final = 64  # references up to what something is inside of
ALLOCATED: Final = ("pymalloc_used_bytes", "malloc_used_bytes")
THINGS: Final = (*CLIENTS, *CONNECTIONS, *FILES)


@dataclass(frozen=True)
class Resources:
    """The objects of one heap by the kinds that are known, for all rules. O(types), and O(n) where there are any."""

    heap: Heap

    @property
    def graph(self) -> HeapGraph:
        return self.heap.graph

    @cached_property
    def few(self) -> int:
        """How many are normal: each thread may have one."""
        return max(FEW, len({root.name for root in self.graph.roots if root.kind is RootKind.THREAD}))

    @property
    def bytes(self) -> int:
        """All that is allocated, in objects and beside them, where the snapshot tells: what shares are shares of."""
        figures = self.heap.summary.memory.allocator
        return max(self.heap.bytes, sum(figures.get(name, 0) for name in ALLOCATED))

    def types_made_from(self, names: Collection[str]) -> NDArray[np.int64]:
        """The numbers of the types with one of these names, and of the classes made from those."""
        wanted = frozenset(names)
        found = [number for number, line in enumerate(self._lineages) if not wanted.isdisjoint(line)]
        return np.array(found, np.int64)

    def of(self, names: Collection[str]) -> NDArray[np.int64]:
        """Their objects, ascending."""
        return self.graph.of_types(self.types_made_from(names))

    def open_ones(self, kind: Kind) -> NDArray[np.int64]:
        """The objects of a kind without those that say they are closed, ascending."""
        graph, nodes = self.graph, self.of(kind.types)
        if not kind.closed or not len(nodes):
            return nodes
        edges = graph.attributes(kind.closed)
        says = graph.targets[edges] == self._true
        return np.setdiff1d(nodes, graph.owners_of(edges)[says])

    @cached_property
    def _true(self) -> int:
        """`True`, or -1."""
        space = find_globals(self.graph).get("builtins", -1)
        return -1 if space < 0 else entries_of(self.graph, space).get("True", -1)

    def outermost(self, kind: Kind) -> NDArray[np.int64]:
        """The reached ones of a kind that are not reached through another thing, whose own they are."""
        routes, nodes = self.heap.routes, self.open_ones(kind)
        nodes = nodes[routes.reached[nodes]]
        at, left, inside = routes.parent[nodes], np.arange(len(nodes)), np.zeros(len(nodes), np.bool_)
        for _ in range(DEPTH):
            left, at = left[at >= 0], at[at >= 0]
            if not len(left):
                break
            hit = self._is_thing[at]
            inside[left[hit]] = True
            left, at = left[~hit], routes.parent[at[~hit]]
        return nodes[~inside]

    def unwrap(self, kind: Kind, nodes: NDArray[np.int64]) -> NDArray[np.int64]:
        """Of each the outermost wrapper that it is reached through, or itself, ascending."""
        if kind.wrappers:
            wrappers, parent = self.types_made_from(kind.wrappers), self.heap.routes.parent
            for _ in kind.wrappers:
                wrapped = (parent[nodes] >= 0) & np.isin(self.graph.type_ids[parent[nodes]], wrappers)
                nodes = np.where(wrapped, parent[nodes], nodes)
        return distinct(nodes)

    def dropped(self, kind: Kind) -> NDArray[np.int64]:
        """Those of a kind that nothing reaches any more, and that no thing of an earlier kind has inside."""
        routes, nodes = self.heap.routes, self.open_ones(kind)
        nodes = nodes[~routes.reached[nodes]]
        if not len(nodes):
            return nodes
        around = self.of([name for each in THINGS[: THINGS.index(kind)] for name in each.types])
        around = around[~routes.reached[around]]
        return nodes[~compute_reachable(self.graph, around)[nodes]] if len(around) else nodes

    def added(self, nodes: NDArray[np.int64], kind: Kind) -> int | None:
        """By how many these have grown in number since the earlier snapshot: those that weren't there, and of which no other
        has gone. None without an earlier one.
        """
        earlier = self.heap.earlier
        if earlier is None:
            return None
        types = self.types_made_from(kind.types)
        known = {(each.name, each.address): number for number, each in enumerate(earlier.types)}
        then = [
            known.get((self.graph.types[n].name, self.graph.types[n].address), -1) for n in types.tolist()
        ]
        before = int(np.count_nonzero(np.isin(earlier.type_ids, then)))
        now = int(np.count_nonzero(np.isin(self.graph.type_ids, types)))
        new = int(np.count_nonzero(~self.survived(nodes)))
        return max(0, min(new, now - before))

    def survived(self, nodes: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Which of these were there in the earlier snapshot, too."""
        return self.heap.find_earlier(nodes) >= 0

    @property
    def requests(self) -> int | None:
        """How many were served between the two snapshots, where both say it."""
        earlier = self.heap.earlier.summary if self.heap.earlier is not None else None
        if earlier is None or earlier.process.requests is None or self.heap.summary.process.requests is None:
            return None
        return self.heap.summary.process.requests - earlier.process.requests

    @cached_property
    def native_growth(self) -> int:
        """By how many bytes malloc's blocks beside Python's objects grew between the two snapshots; 0 where they don't say it."""
        earlier = self.heap.earlier.summary if self.heap.earlier is not None else None
        terms = compute_memory_change(earlier, self.heap.summary) if earlier is not None else ()
        return next((term.delta for term in terms if term.name == IN_USE), 0)

    @cached_property
    def _is_thing(self) -> NDArray[np.bool_]:
        types = self.types_made_from([*INSIDE, *(name for kind in THINGS for name in kind.types)])
        return np.isin(self.graph.type_ids, types)

    @cached_property
    def _lineages(self) -> list[set[str]]:
        """Of each type the names of all that it is made from, also of those without instances."""
        graph, names = self.graph, self.heap.routes.homes.class_names
        edges = graph.attributes("__base__")
        bases = dict(zip(graph.owners_of(edges).tolist(), graph.targets[edges].tolist(), strict=True))
        nodes = graph.indexes_of(np.array([kind.address for kind in graph.types], np.uint64)).tolist()
        found = []
        for node, kind in zip(nodes, graph.types, strict=True):
            line, seen = {kind.name}, set[int]()
            while (node := bases.get(node, -1)) >= 0 and node not in seen:
                seen.add(node)
                line.add(names.get(node, ""))
            found.append(line)
        return found
