"""Where functions, classes and caches were defined, so that a path leads there and not to an importer."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from heapdiff.analysis.reach.namespaces import find_globals, find_namespaces
from heapdiff.format import TypeFlag
from heapdiff.graph.heap import HeapGraph
from heapdiff.graph.narrow import Members, Narrow
from heapdiff.knowledge.shapes import BY_TYPE
from heapdiff.snapshot.tables import display_type

NOWHERE: Final = -1


@dataclass(frozen=True, slots=True)
class Homes:
    """A graph's namespaces, and which of them each function, class and cache was defined in. Found once per graph."""

    graph: HeapGraph
    of: Narrow  # (n,) the node of the module's namespace, or -1
    is_namespace: NDArray[np.bool_]  # (n,)
    is_globals: Members  # of these, the ones of modules
    is_class: Members
    class_names: Mapping[int, str]  # node -> module and qualified name
    modules: Mapping[int, str]  # node of a namespace -> the module's name


def find_homes(graph: HeapGraph) -> Homes:
    """A function's home is its `__globals__`; a class's or cache's is the module that it says it is from. O(n + m)."""
    namespaces, modules = find_globals(graph), dict(find_modules(graph))
    classes = set()
    edges = graph.attributes("__globals__")
    of = dict(zip(graph.owners_of(edges).tolist(), graph.targets[edges].tolist(), strict=True))
    for node, module in modules.items():
        if (shape := BY_TYPE.get(graph.type_name(node))) is not None and shape.reads:
            of[node] = namespaces.get(module, -1)
    class_names = _name_classes(graph, modules)
    for node, name in class_names.items():
        of[node] = _home_of(name, namespaces)
        classes.add(node)
    for node in _built_in_classes(graph, of, namespaces.get("builtins", -1)):
        of[node] = namespaces["builtins"]
        classes.add(node)
    names = {node: name for name, node in namespaces.items()}
    column = Narrow.sparse(len(graph), of, NOWHERE)
    return Homes(
        graph,
        column,
        find_namespaces(graph),
        Members.of(namespaces.values()),
        Members.of(classes),
        class_names,
        names,
    )


def _name_classes(graph: HeapGraph, modules: Mapping[int, str]) -> dict[int, str]:
    """Those with instances are in the table of types; the others have a `__module__` and a name of their own."""
    nodes = graph.indexes_of(np.array([kind.address for kind in graph.types], np.uint64)).tolist()
    names = {node: kind.name for node, kind in zip(nodes, graph.types, strict=True) if node >= 0}
    for node, module in modules.items():
        if graph.types[int(graph.type_ids[node])].flags & TypeFlag.TYPE:
            names.setdefault(node, display_type(module, graph.name_of(node)))
    return names


def find_modules(graph: HeapGraph) -> Iterator[tuple[int, str]]:
    """Each object with a `__module__` in its `__dict__`, as classes and what wraps functions have, and that module."""
    entries = graph.entries(graph.nodes_named(["__module__"]))
    modules = dict(zip(graph.owners_of(entries).tolist(), graph.targets[entries].tolist(), strict=True))
    edges = graph.attributes("__dict__")
    spaces = graph.targets[edges].tolist()
    for node, space in zip(graph.owners_of(edges).tolist(), spaces, strict=True):
        if space in modules and (module := graph.name_of(modules[space])):
            yield node, module


def _built_in_classes(graph: HeapGraph, of: Mapping[int, int], builtins: int) -> Iterator[int]:
    """Those without an instance have no entry in the table of types, and no `__module__`."""
    targets = graph.targets[graph.row(builtins)]
    for node in targets.tolist() if builtins >= 0 else ():
        if of.get(node, NOWHERE) < 0 and graph.types[int(graph.type_ids[node])].flags & TypeFlag.TYPE:
            yield node


def _home_of(type_name: str, namespaces: Mapping[str, int]) -> int:
    """The namespace of the module with the longest name that the type's name begins with, or -1."""
    name = type_name
    while "." in name:
        name = name.rpartition(".")[0]
        if name in namespaces:
            return namespaces[name]
    return namespaces.get("builtins", -1) if "." not in type_name else -1


def count_importers(homes: Homes, namespaces: Sequence[int]) -> dict[int, int]:
    """For each of these namespaces: how many of the others import from it, minus from how many it imports.

    Of modules that share a variable, the one that the others import from is likely where it was made.
    """
    graph = homes.graph
    score = dict.fromkeys(namespaces, 0)
    for importer in namespaces:
        targets = graph.targets[graph.row(importer)]
        for origin in set(homes.of[targets].tolist()) & score.keys() - {importer}:
            score[origin] += 1
            score[importer] -= 1
    return score
