"""What each reference costs on a path, so that the cheapest path is the one a person would name.

Costs are small integers, at least 1 per reference. A path through user code beats one through a framework,
that one the standard library, that one running frames, and native code comes last.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from heapdiff.analysis.packages import OURS, is_framework, is_user_module
from heapdiff.format import LABEL_PAYLOAD, LABEL_SHIFT, EdgeKind, RootKind, TypeFlag
from heapdiff.graph.heap import NAMED_KINDS, HeapGraph, Root

__all__ = ["NATIVE_COST", "compute_edge_costs", "find_home_namespaces", "root_cost"]

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
INTO_MODULE: Final = 200  # a module is a root of its own
INTO_FOREIGN: Final = 150  # a class or function found in a namespace that only imported it
INTO_FRAME: Final = 20

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
LRU_CACHE: Final = "functools._lru_cache_wrapper"


def root_cost(root: Root) -> int:
    if root.kind is not RootKind.MODULE:
        return ROOT_COSTS[root.kind]
    if root.name.partition(".")[0] == OURS:
        return OURS_COST
    if is_user_module(root.name):
        return USER_COST
    return FRAMEWORK_COST if is_framework(root.name) else STANDARD_COST


def compute_edge_costs(graph: HeapGraph) -> NDArray[np.uint8]:
    """The cost of each reference, (m,). O(m), a few passes over bytes."""
    kinds = (graph.labels >> LABEL_SHIFT).astype(np.uint8)
    table = np.full(16, 255, np.uint8)
    for kind, cost in EDGE_COSTS.items():
        table[kind] = cost
    costs = table[kinds]
    _raise_for_names(graph, kinds, costs)
    _raise_for_targets(graph, costs)
    return costs


def _raise_for_names(graph: HeapGraph, kinds: NDArray[np.uint8], costs: NDArray[np.uint8]) -> None:
    by_name = np.zeros(len(graph.names), np.uint8)
    for number, name in enumerate(graph.names):
        by_name[number] = NAME_COSTS.get(name, 0)
    if not by_name.any():
        return
    named = np.flatnonzero(np.isin(kinds, [int(kind) for kind in NAMED_KINDS]))
    special = by_name[graph.labels[named] & LABEL_PAYLOAD]
    chosen = special > 0
    costs[named[chosen]] = special[chosen]


def _raise_for_targets(graph: HeapGraph, costs: NDArray[np.uint8]) -> None:
    extra = np.zeros(len(graph), np.uint8)
    by_type = np.zeros(len(graph.types), np.uint8)
    for number, kind in enumerate(graph.types):
        by_type[number] = INTO_FRAME if kind.flags & TypeFlag.PSEUDO else 0
        if kind.name == "module":
            by_type[number] = INTO_MODULE
    if len(by_type):
        extra = by_type[graph.type_ids]
    extra[[root.node for root in graph.roots if root.kind is RootKind.MODULE]] = INTO_MODULE
    if extra.any():
        costs += np.minimum(extra[graph.targets], 250 - np.minimum(costs, 250))
    homes = find_home_namespaces(graph)
    value = EdgeKind.VALUE << LABEL_SHIFT
    housed = np.flatnonzero((homes.of[graph.targets] >= 0) & (graph.labels == value))
    owners = np.searchsorted(graph.first_edge, housed, side="right") - 1
    foreign = housed[homes.is_namespace[owners] & (homes.of[graph.targets[housed]] != owners)]
    costs[foreign] = np.minimum(costs[foreign].astype(np.uint16) + INTO_FOREIGN, 250)


@dataclass(frozen=True, slots=True)
class Homes:
    """Where functions and classes were defined: `of` is the node of that module's namespace, or -1."""

    of: NDArray[np.int64]
    is_namespace: NDArray[np.bool_]


def find_home_namespaces(graph: HeapGraph) -> Homes:
    """Each function's and class's own module namespace: by `__globals__`, or by the class's full name."""
    homes = np.full(len(graph), -1, np.int64)
    is_namespace = np.zeros(len(graph), np.bool_)
    namespaces: dict[str, int] = {}
    for root in graph.roots:
        if root.kind is not RootKind.MODULE:
            continue
        for edge in graph.edges(root.node):
            if edge.kind is EdgeKind.ATTRIBUTE and edge.name == "__dict__":
                namespaces[root.name] = int(edge.target)
                is_namespace[edge.target] = True
    if "__globals__" in graph.names:
        label = EdgeKind.ATTRIBUTE << LABEL_SHIFT | graph.names.index("__globals__")
        edges = np.flatnonzero(graph.labels == label)
        homes[np.searchsorted(graph.first_edge, edges, side="right") - 1] = graph.targets[edges]
    _add_wrappers(graph, homes, namespaces)
    for kind in graph.types:
        node = graph.index_of(kind.address) if kind.address else -1
        if node >= 0:
            homes[node] = _home_of(kind.name, namespaces)
    return Homes(homes, is_namespace)


def _add_wrappers(graph: HeapGraph, homes: NDArray[np.int64], namespaces: Mapping[str, int]) -> None:
    """A cache is at home in the module that its `__module__` names, where the function is that it wraps."""
    wrappers = [number for number, kind in enumerate(graph.types) if kind.name == LRU_CACHE]
    if not wrappers or "__dict__" not in graph.names:
        return
    label = EdgeKind.ATTRIBUTE << LABEL_SHIFT | graph.names.index("__dict__")
    for node in np.flatnonzero(np.isin(graph.type_ids, wrappers)).tolist():
        start, end = int(graph.first_edge[node]), int(graph.first_edge[node + 1])
        for attributes in graph.targets[start:end][graph.labels[start:end] == label].tolist():
            key = ""
            for edge in graph.edges(attributes):
                if edge.kind is EdgeKind.KEY:
                    key = graph.name_of(edge.target)
                elif key == "__module__":
                    homes[node] = namespaces.get(graph.name_of(edge.target), -1)


def _home_of(type_name: str, namespaces: Mapping[str, int]) -> int:
    """The namespace of the module with the longest name that the type's name begins with, or -1."""
    name = type_name
    while "." in name:
        name = name.rpartition(".")[0]
        if name in namespaces:
            return namespaces[name]
    return namespaces.get("builtins", -1) if "." not in type_name else -1
