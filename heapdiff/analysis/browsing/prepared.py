"""A heap that is ready to be looked around in: routes, dominators and the two orders, computed once."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from heapdiff.analysis.browsing.orderings import Orders, Totals, compute_orders, name_kinds, number_kinds
from heapdiff.analysis.reach.retained import Dominance, compute_dominance
from heapdiff.analysis.reach.routes import Routes, compute_routes
from heapdiff.errors import UsageError
from heapdiff.graph.heap import HeapGraph

Nodes = NDArray[np.uint32]
Say = Callable[[str], None]


@dataclass(frozen=True)
class Prepared:
    """`kinds` are the names of the types by number, `kind_of_type` the number of each type in the file's order."""

    routes: Routes
    dominance: Dominance
    orders: Orders
    kinds: Sequence[str]
    kind_of_type: Nodes  # (types,)

    @property
    def graph(self) -> HeapGraph:
        return self.routes.graph

    @property
    def totals(self) -> Totals:
        return self.orders.totals

    @cached_property
    def kind_numbers(self) -> Mapping[str, int]:
        return {name: number for number, name in enumerate(self.kinds)}

    @cached_property
    def first_of_kind(self) -> NDArray[np.int64]:
        return np.concatenate([np.zeros(1, np.int64), np.cumsum(self.orders.totals.counts)])

    def of_kind(self, name: str) -> Nodes:
        """All objects of a type, heaviest first. Raises UsageError. O(1)."""
        number = self.kind_numbers.get(name)
        if number is None:
            raise UsageError(f"{name}: no object of this type", "The list of types has all that there are.")
        nodes: Nodes = self.orders.by_kind[self.first_of_kind[number] : self.first_of_kind[number + 1]]
        return nodes

    def dominated_by(self, node: int) -> Nodes:
        """What one object dominates directly, heaviest first; all that nothing does, of `len(graph)`. O(log n)."""
        order, idom = self.orders.by_dominator, self.dominance.idom
        start, end = (
            bisect_left(order, wanted, key=lambda each: int(idom[each])) for wanted in (node, node + 1)
        )
        nodes: Nodes = order[start:end]
        return nodes

    def kinds_of(self, nodes: NDArray[np.integer] | slice) -> Nodes:
        """The kinds of some objects."""
        numbers: Nodes = self.kind_of_type.take(self.graph.type_ids[nodes])
        return numbers

    def node_at(self, address: int) -> int:
        """The object at an address. Raises UsageError."""
        node = self.graph.index_of(address)
        if node < 0:
            raise UsageError(
                f"{address:#x}: no object at this address",
                "An address is valid only for the snapshot that it was printed for.",
            )
        return node


def prepare(graph: HeapGraph, say: Say = lambda _: None) -> Prepared:
    """O(n log n); `say` is told each step before it begins."""
    say("finding the cheapest paths")
    routes = compute_routes(graph)
    say("computing dominators")
    dominance = compute_dominance(routes)
    say("ordering objects")
    orders = compute_orders(graph, dominance)
    return Prepared(routes, dominance, orders, name_kinds(graph), number_kinds(graph))
