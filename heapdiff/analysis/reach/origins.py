"""Where functions, classes and caches were defined, so that a path leads there and not to an importer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from heapdiff.format import LABEL_SHIFT, EdgeKind, RootKind, TypeFlag
from heapdiff.graph.heap import HeapGraph, Root

__all__ = [
    "LRU_CACHE",
    "Homes",
    "attribute_labels",
    "count_importers",
    "find_home_namespaces",
    "has_label",
    "is_module_table",
]

LRU_CACHE: Final = "functools._lru_cache_wrapper"
MODULES: Final = ("modules", "sys.modules")


@dataclass(frozen=True, slots=True)
class Homes:
    """Where functions and classes were defined: `of` is the node of that module's namespace, or -1."""

    of: NDArray[np.int64]
    is_namespace: NDArray[np.bool_]
    is_class: NDArray[np.bool_]


def find_home_namespaces(graph: HeapGraph) -> Homes:
    """Each function's and class's own module namespace: by `__globals__`, or by the class's full name."""
    homes = np.full(len(graph), -1, np.int64)
    is_namespace = np.zeros(len(graph), np.bool_)
    is_class = np.zeros(len(graph), np.bool_)
    namespaces: dict[str, int] = {}
    for root in graph.roots:
        if root.kind is not RootKind.MODULE:
            continue
        for edge in graph.edges(root.node):
            if edge.kind is EdgeKind.ATTRIBUTE and edge.name == "__dict__":
                namespaces[root.name] = int(edge.target)
                is_namespace[edge.target] = True
    edges = np.flatnonzero(has_label(graph, "__globals__"))
    homes[np.searchsorted(graph.first_edge, edges, side="right") - 1] = graph.targets[edges]
    _add_wrappers(graph, homes, namespaces)
    for kind in graph.types:
        node = graph.index_of(kind.address) if kind.address else -1
        if node >= 0:
            homes[node] = _home_of(kind.name, namespaces)
            is_class[node] = True
    _add_built_in_classes(graph, homes, is_class, namespaces.get("builtins", -1))
    return Homes(homes, is_namespace, is_class)


def _add_built_in_classes(
    graph: HeapGraph, homes: NDArray[np.int64], is_class: NDArray[np.bool_], builtins: int
) -> None:
    """Those without an instance have no entry in the table of types."""
    if builtins < 0:
        return
    values = graph.targets[int(graph.first_edge[builtins]) : int(graph.first_edge[builtins + 1])]
    for node in values.tolist():
        if homes[node] < 0 and graph.types[int(graph.type_ids[node])].flags & TypeFlag.TYPE:
            homes[node], is_class[node] = builtins, True


def _add_wrappers(graph: HeapGraph, homes: NDArray[np.int64], namespaces: Mapping[str, int]) -> None:
    """A cache is at home in the module that its `__module__` names, where the function is that it wraps."""
    wrappers = [number for number, kind in enumerate(graph.types) if kind.name == LRU_CACHE]
    labels = attribute_labels(graph, "__dict__")
    for node in np.flatnonzero(np.isin(graph.type_ids, wrappers)).tolist() if wrappers else ():
        start, end = int(graph.first_edge[node]), int(graph.first_edge[node + 1])
        for attributes in graph.targets[start:end][np.isin(graph.labels[start:end], labels)].tolist():
            key = ""
            for edge in graph.edges(attributes):
                if edge.kind is EdgeKind.KEY:
                    key = graph.name_of(edge.target)
                elif key == "__module__":
                    homes[node] = namespaces.get(graph.name_of(edge.target), -1)


def is_module_table(root: Root) -> bool:
    """Whether this is `sys.modules`."""
    return root.kind is RootKind.INTERPRETER and root.name in MODULES


def _home_of(type_name: str, namespaces: Mapping[str, int]) -> int:
    """The namespace of the module with the longest name that the type's name begins with, or -1."""
    name = type_name
    while "." in name:
        name = name.rpartition(".")[0]
        if name in namespaces:
            return namespaces[name]
    return namespaces.get("builtins", -1) if "." not in type_name else -1


def attribute_labels(graph: HeapGraph, *wanted: str) -> NDArray[np.uint32]:
    """The labels of attributes with these names; a name may have several numbers in one file."""
    numbers = [number for number, name in enumerate(graph.names) if name in wanted]
    return np.array(numbers, np.uint32) | np.uint32(EdgeKind.ATTRIBUTE << LABEL_SHIFT)


def has_label(graph: HeapGraph, *wanted: str) -> NDArray[np.bool_]:
    """Which references are attributes with these names, (m,)."""
    return np.isin(graph.labels, attribute_labels(graph, *wanted))


def count_importers(graph: HeapGraph, homes: Homes, namespaces: Sequence[int]) -> dict[int, int]:
    """For each of these namespaces: how many of the others import from it, minus from how many it imports.

    Of modules that share a variable, the one that the others import from is likely where it was made.
    """
    score = dict.fromkeys(namespaces, 0)
    for importer in namespaces:
        targets = graph.targets[int(graph.first_edge[importer]) : int(graph.first_edge[importer + 1])]
        for origin in set(homes.of[targets].tolist()) & score.keys() - {importer}:
            score[origin] += 1
            score[importer] -= 1
    return score
