"""What each reference costs on a path, so that the cheapest path is the one a person would name.

Costs are small integers, at least 1 per reference. A path through user code beats one through a framework,
that one the standard library, that one running frames, and native code comes last.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from heapdiff.analysis.reach.origins import Homes
from heapdiff.analysis.reach.ownership import Ownership
from heapdiff.format import LABEL_PAYLOAD, LABEL_SHIFT, EdgeKind, RootKind, TypeFlag
from heapdiff.graph.heap import HAS_NAME, HeapGraph, Root
from heapdiff.graph.paths import price_edges
from heapdiff.knowledge.packages import OURS

EDGE_COSTS: Final[Mapping[EdgeKind, int]] = {
    EdgeKind.UNNAMED: 12,
    EdgeKind.ELEMENT: 5,
    EdgeKind.KEY: 9,
    EdgeKind.VALUE: 4,
    EdgeKind.INT_VALUE: 4,
    EdgeKind.ATTRIBUTE: 4,
    EdgeKind.LOCAL: 8,
    EdgeKind.CELL: 8,
    EdgeKind.FREE: 30,
    EdgeKind.MEMBER: 6,
    EdgeKind.INTERNAL: 7,
    EdgeKind.TYPE: 60,
    EdgeKind.WEAK: 250,
    EdgeKind.STACK: 30,
}
NAME_COSTS: Final[Mapping[str, int]] = {
    "__dict__": 1,
    "__wrapped__": 10,
    "__self__": 10,
    "__func__": 10,
    "__closure__": 8,
    "__context__": 12,
    "__cause__": 12,
    "__traceback__": 12,
    "__code__": 20,
    "f_code": 60,
    "f_back": 60,
    "__annotations__": 40,
    "__annotate__": 60,
    "__type_params__": 60,
    "__class__": 60,
    "__mro__": 60,
    "__bases__": 60,
    "__base__": 60,
    "__objclass__": 60,
    "__weakref__": 60,
    "__globals__": 200,
    "__builtins__": 200,
    "f_globals": 200,
    "f_builtins": 200,
}
BACK_COST: Final = 150  # to a registry that is at home elsewhere
PASSING_COST: Final = 120  # to whom a thread works for that lasts a moment
SETTINGS: Final = frozenset(("flask.config.Config",))
COSTS_BY_OWNER: Final[Mapping[str, Mapping[str, int]]] = {
    "logging.Logger": {"manager": BACK_COST, "parent": BACK_COST},
    "threading.Timer": {"function": PASSING_COST},
}
INTO_MODULE: Final = 200  # a module is a root of its own
INTO_FOREIGN: Final = 150  # a class or function found in a namespace that only imported it
INTO_FRAME: Final = 20
INTO_SETTINGS: Final = 12  # what is set up for somebody, who has it, too
DEAREST: Final = 250

USER_COST: Final = 1
FRAMEWORK_COST: Final = 60
STANDARD_COST: Final = 120
NATIVE_COST: Final = 500
ROOT_COSTS: Final[Mapping[RootKind, int]] = {
    RootKind.THREAD: 200,
    RootKind.THREAD_STATE: 220,
    RootKind.TYPE: 260,
    RootKind.INTERPRETER: 320,
}
OURS_COST: Final = 400


def root_cost(root: Root, ownership: Ownership) -> int:
    if root.kind is not RootKind.MODULE:
        return ROOT_COSTS[root.kind]
    if root.name.partition(".")[0] == OURS:
        return OURS_COST
    if ownership.is_user(root.name):
        return USER_COST
    return FRAMEWORK_COST if ownership.is_framework(root.name) else STANDARD_COST


def compute_edge_costs(homes: Homes) -> NDArray[np.uint8]:
    """The cost of each reference, (m,). O(m), in one pass; two bytes per object meanwhile.

    To a module, a frame, a namespace, or what was defined elsewhere: most references cost what their target adds. Only a
    namespace's own references, and an object's to its `__dict__`, depend on who refers.
    """
    graph, prices = homes.graph, _Prices.of(homes.graph)
    extra = _target_costs(graph)
    usual = extra.copy()
    _raise(usual, homes.is_globals.places, INTO_MODULE)
    classes = homes.is_class.places
    _raise(usual, classes[homes.of[classes] >= 0], INTO_FOREIGN)
    costs = price_edges(graph, prices.by_kind, prices.by_name, usual, DEAREST)
    for positions, cost in prices.by_owner:
        costs[positions] = _sum(cost, usual[graph.targets[positions]])
    own = graph.attributes("__dict__")
    own = own[homes.is_globals[graph.targets[own]]]
    costs[own] = _sum(prices.at(own), extra[graph.targets[own]])
    inside, owners = _references_of(graph, homes.is_globals.places.astype(np.int64))
    targets = graph.targets[inside]
    elsewhere = (homes.of[targets] >= 0) & (homes.of[targets] != owners)
    in_dict = graph.labels[inside] == EdgeKind.VALUE << LABEL_SHIFT
    foreign = elsewhere & (in_dict | homes.is_class[targets])
    modules = homes.is_globals[targets]
    costs[inside] = _sum(prices.at(inside), extra[targets], modules * INTO_MODULE, foreign * INTO_FOREIGN)
    return costs


@dataclass(frozen=True)
class _Prices:
    """What references cost for themselves: by kind, dearer or cheaper by name, and some by whose they are as well."""

    graph: HeapGraph
    by_kind: NDArray[np.uint8]
    by_name: NDArray[np.uint8]  # 0: as its kind
    by_owner: Sequence[tuple[NDArray[np.int64], int]]  # positions, and what those cost

    @classmethod
    def of(cls, graph: HeapGraph) -> _Prices:
        by_kind = np.full(16, DEAREST, np.uint8)
        for kind, cost in EDGE_COSTS.items():
            by_kind[kind] = cost
        by_name = np.zeros(len(graph.names), np.uint8)
        for name, cost in NAME_COSTS.items():
            by_name[graph.numbers_of([name])] = cost
        by_owner = []
        for type_name, names in COSTS_BY_OWNER.items():
            types = [number for number, kind in enumerate(graph.types) if kind.name == type_name]
            for name, cost in names.items() if types else ():
                positions = graph.attributes(name)
                of_type = np.isin(graph.type_ids[graph.owners_of(positions)], types)
                by_owner.append((positions[of_type], cost))
        return cls(graph, by_kind, by_name, by_owner)

    def at(self, positions: NDArray[np.int64]) -> NDArray[np.uint8]:
        """Of a few, as the kernel does it for all."""
        labels = self.graph.labels[positions]
        costs: NDArray[np.uint8] = self.by_kind[labels >> LABEL_SHIFT]
        named = np.flatnonzero(HAS_NAME[labels >> LABEL_SHIFT])
        special = self.by_name[labels[named] & LABEL_PAYLOAD]
        costs[named[special > 0]] = special[special > 0]
        for chosen, cost in self.by_owner:
            costs[np.isin(positions, chosen)] = cost
        return costs


def _target_costs(graph: HeapGraph) -> NDArray[np.uint8]:
    by_type = np.zeros(max(1, len(graph.types)), np.uint8)
    for number, kind in enumerate(graph.types):
        by_type[number] = INTO_FRAME if kind.flags & TypeFlag.PSEUDO else 0
        if kind.name == "module":
            by_type[number] = INTO_MODULE
        if kind.name in SETTINGS:
            by_type[number] = INTO_SETTINGS
    extra = graph.by_type(by_type)
    extra[[root.node for root in graph.roots if root.kind is RootKind.MODULE]] = INTO_MODULE
    return extra


def _references_of(graph: HeapGraph, nodes: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The positions of all references of these objects, and whose each is."""
    first, last = graph.first_edge[nodes], graph.first_edge[nodes + 1]
    positions = [np.arange(start, end) for start, end in zip(first.tolist(), last.tolist(), strict=True)]
    return np.concatenate([np.zeros(0, np.int64), *positions]), np.repeat(nodes, last - first)


def _raise(costs: NDArray[np.uint8], chosen: NDArray[np.integer] | NDArray[np.bool_], extra: int) -> None:
    costs[chosen] = _sum(costs[chosen], extra)


def _sum(*costs: ArrayLike) -> NDArray[np.uint8]:
    """Without passing over what a byte holds."""
    total = sum((np.asarray(each, np.int64) for each in costs), np.zeros(1, np.int64))
    return np.minimum(total, DEAREST).astype(np.uint8)
