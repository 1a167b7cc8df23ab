"""Namespaces: the dicts whose keys are names of code, not data. Says which they are, not how they read."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from heapdiff.format import EdgeKind, RootKind, TypeFlag
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
    """The namespace of each module in `sys.modules`, by the module's name there."""
    return {
        root.name: int(edge.target)
        for root in graph.roots
        if root.kind is RootKind.MODULE
        for edge in graph.edges(root.node, EdgeKind.ATTRIBUTE)
        if edge.name == "__dict__"
    }


def count_code(graph: HeapGraph) -> int:
    """Its classes, and its modules that the import system made: these have a specification each."""
    code = [bool(kind.flags & TypeFlag.TYPE) or kind.name == MODULE_SPEC for kind in graph.types]
    return int(graph.by_type(np.array([*code, False], np.bool_)).sum())
