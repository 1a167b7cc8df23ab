"""The process that advice is for, as its snapshots show it: what rules ask of it, each thing computed once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from heapdiff.analysis.comparison.captured import Captured
from heapdiff.analysis.native.owners import OwnerTypes
from heapdiff.analysis.reach.retained import Dominance, compute_dominance
from heapdiff.analysis.reach.routes import Routes, compute_routes, find_variables
from heapdiff.analysis.waste.ground.blocks import occupy
from heapdiff.answers import Finding
from heapdiff.format import TypeFlag
from heapdiff.graph.dominators import compute_retained
from heapdiff.graph.heap import HeapGraph
from heapdiff.graph.narrow import Narrow
from heapdiff.model import Summary

Found = TypeVar("Found")


@dataclass(frozen=True)
class Heap:
    """A process's latest graph, and its earliest other one, which shows what grew since; `known` are its routes, if somebody
    computed them.
    """

    graph: HeapGraph
    summary: Summary
    earlier: HeapGraph | None = None
    known: Routes | None = None

    @property
    def bytes(self) -> int:
        """Of all objects: what shares are shares of."""
        return self.summary.capture.bytes

    @cached_property
    def routes(self) -> Routes:
        return compute_routes(self.graph) if self.known is None else self.known

    @cached_property
    def dominance(self) -> Dominance:
        """O(m log n): only for rules that need retained sizes."""
        return compute_dominance(self.routes)

    @cached_property
    def retained(self) -> NDArray[np.int64]:
        """What would go with each object, in the sizes that the allocator gives out, (n,)."""
        blocks = replace(self.graph, sizes=Narrow.of(occupy(self.graph.sizes[:]), np.uint16))
        return compute_retained(blocks, self.dominance.idom)[:]

    def once(self, compute: Callable[[Heap], Found]) -> Found:
        """What several rules need, computed when the first asks."""
        if compute not in self._found:
            self._found[compute] = compute(self)
        found: Found = self._found[compute]
        return found

    def ask(self, rule: Callable[[Heap], Iterable[Finding]]) -> tuple[Finding, ...]:
        """What a rule finds, which another one may want to know."""
        if rule not in self._told:
            self._told[rule] = tuple(rule(self))
        return self._told[rule]

    def forget(self) -> None:
        """Drop what `once` and `ask` keep: it may refer to this heap, and would keep its graphs until a collection."""
        self._found.clear()
        self._told.clear()

    @cached_property
    def _found(self) -> dict[Callable[[Heap], Any], Any]:
        return {}

    @cached_property
    def _told(self) -> dict[Callable[[Heap], Iterable[Finding]], tuple[Finding, ...]]:
        return {}

    @cached_property
    def variables(self) -> NDArray[np.int64]:
        """For each object the one in the namespace of a module or class through which it is reached, or its root, (n,)."""
        return find_variables(self.routes)

    @cached_property
    def is_own_type(self) -> NDArray[np.bool_]:
        """Which types are classes that the application wrote itself: no metaclass, none of a library's or made in C, (types,)."""
        graph, ownership = self.graph, self.routes.ownership
        made = OwnerTypes(graph, ownership)
        return np.array(
            [
                bool(kind.flags & TypeFlag.HEAP_TYPE)
                and not kind.flags & (TypeFlag.TYPE | TypeFlag.PSEUDO)
                and "." in kind.name
                and ownership.is_user(kind.name.rpartition(".")[0])
                and not made.is_made_in_c(int(graph.index_of(kind.address)))
                for kind in graph.types
            ],
            np.bool_,
        )

    def find_earlier(self, nodes: NDArray[np.int64]) -> NDArray[np.int64]:
        """The nodes that these have in the earlier graph, by address and type; -1 for what wasn't there, or without one."""
        if self.earlier is None:
            return np.full(len(nodes), -1, np.int64)
        then = self.earlier.indexes_of(self.graph.addresses[nodes])
        pairs = zip(nodes.tolist(), then.tolist(), strict=True)
        same = (at >= 0 and self.earlier.type_name(at) == self.graph.type_name(node) for node, at in pairs)
        return np.where(np.fromiter(same, np.bool_, len(nodes)), then, -1)

    def of_type(self, *names: str) -> NDArray[np.int64]:
        """The objects of exactly these types, ascending."""
        return self.graph.of_types(
            [number for number, kind in enumerate(self.graph.types) if kind.name in names]
        )


HeapRule = Callable[[Heap], Iterable[Finding]]


@dataclass(frozen=True)
class Worker:
    """One process: its snapshots, oldest first, and the newest snapshot of each other process that was named."""

    captured: Sequence[Captured]
    others: Sequence[Captured] = ()

    @property
    def latest(self) -> Captured:
        return self.captured[-1]

    @property
    def bytes(self) -> int:
        return self.latest.summary.capture.bytes

    @cached_property
    def heap(self) -> Heap | None:
        """None where no snapshot has references."""
        drawn = [(each.graph, each.summary) for each in self.captured if each.graph is not None]
        if not drawn:
            return None
        return Heap(*drawn[-1], earlier=drawn[0][0] if len(drawn) > 1 else None)
