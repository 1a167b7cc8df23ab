"""Namespaces: the dicts whose keys are names of code, not data. Says which they are, not how they read."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from heapdiff.format import RootKind, TypeFlag
from heapdiff.graph.heap import HeapGraph, Root

NAMESPACE_REFERENCES: Final = ("__dict__", "__globals__", "__kwdefaults__")
MODULES: Final = ("modules", "sys.modules")
MODULE_SPEC: Final = "_frozen_importlib.ModuleSpec"


def is_module_table(root: Root) -> bool:
    """Whether this is `sys.modules`."""
    return root.kind is RootKind.INTERPRETER and root.name in MODULES


def find_namespaces(graph: HeapGraph) -> NDArray[np.bool_]:
    """The dicts of attributes, globals and keyword defaults, and `sys.modules`, (n,)."""
    spaces = np.zeros(len(graph), np.bool_)
    spaces[graph.targets[graph.attributes(*NAMESPACE_REFERENCES)]] = True
    spaces[[root.node for root in graph.roots if is_module_table(root)]] = True
    dicts = np.array([*(bool(kind.flags & TypeFlag.DICT) for kind in graph.types), False], np.bool_)
    found = np.flatnonzero(spaces)
    spaces[found] = dicts[graph.type_ids[found]]
    return spaces


def find_globals(graph: HeapGraph) -> dict[str, int]:
    """The namespace of each module in `sys.modules`, by the module's name there. O(m + roots), however often one is a root."""
    spaces = spaces_by_owner(graph)
    return {
        root.name: spaces[root.node]
        for root in graph.roots
        if root.kind is RootKind.MODULE and root.node in spaces
    }


def spaces_by_owner(graph: HeapGraph) -> dict[int, int]:
    """What each object has as its `__dict__`; of several the last."""
    edges = graph.attributes("__dict__")
    return dict(zip(graph.owners_of(edges).tolist(), graph.targets[edges].tolist(), strict=True))


def count_code(graph: HeapGraph) -> int:
    """Its classes, and its modules that the import system made: these have a specification each."""
    code = [bool(kind.flags & TypeFlag.TYPE) or kind.name == MODULE_SPEC for kind in graph.types]
    return int(graph.by_type(np.array([*code, False], np.bool_)).sum())
