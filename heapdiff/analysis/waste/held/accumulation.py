"""Where what is kept comes together: the variables of the application's modules, and the container below that has most of it."""

from __future__ import annotations

from collections.abc import Container
from typing import Final

import numpy as np
from numpy.typing import NDArray

from heapdiff.analysis.holders.shapes import length_of
from heapdiff.analysis.waste.ground.worker import Heap
from heapdiff.format import LABEL_SHIFT, EdgeKind, ModuleOwner
from heapdiff.graph.narrow import distinct
from heapdiff.knowledge.advice.data_types import DATA_TYPES

NEARLY_ALL: Final = 0.7  # as in Eclipse's Memory Analyzer: a child with so much of it stands for its parent
MOST_STEPS: Final = 16


def find_own_globals(heap: Heap) -> NDArray[np.int64]:
    """What the application's modules have as variables, ascending: no code, no library's own object, no single block of data."""
    graph, homes, ownership = heap.graph, heap.routes.homes, heap.routes.ownership
    found = [np.zeros(0, np.int64)]
    for space, name in homes.modules.items():
        if ownership.is_user(name):
            row = graph.row(space)
            values = row.start + np.flatnonzero(graph.labels[row] >> LABEL_SHIFT == EdgeKind.VALUE)
            named = [not graph.name_of(key).startswith("__") for key in graph.targets[values - 1].tolist()]
            found.append(graph.targets[values[np.array(named, np.bool_)]].astype(np.int64))
    nodes = distinct(np.concatenate(found))
    kinds = np.array([is_plain(heap, kind.name) for kind in graph.types], np.bool_)
    return nodes[kinds[graph.type_ids[nodes]] & (homes.of[nodes] < 0) & ~homes.is_namespace[nodes]]


def is_plain(heap: Heap, type_name: str) -> bool:
    """Whether a type is the application's or everybody's, not a library's with a life of its own, nor data in one block."""
    if type_name == "module" or type_name in DATA_TYPES:
        return False
    ownership, module = heap.routes.ownership, type_name.rpartition(".")[0]
    return not module or ownership.find(module) is not ModuleOwner.DISTRIBUTION


def find_known(heap: Heap, known: Container[str]) -> list[str]:
    """For each type the known one that it is or derives from, nearest first, or nothing; also from one without an instance."""
    graph, names = heap.graph, heap.routes.homes.class_names
    edges = graph.attributes("__mro__")
    orders = dict(zip(graph.owners_of(edges).tolist(), graph.targets[edges].tolist(), strict=True))
    nodes = graph.indexes_of(np.array([kind.address for kind in graph.types], np.uint64)).tolist()
    found = []
    for node, line in zip(nodes, graph.lineages, strict=True):
        order = orders.get(node, -1)
        above = graph.targets[graph.row(order)].tolist() if order >= 0 else ()
        every = (*line, *(names.get(each, "") for each in above))
        found.append(next((name for name in every if name in known), ""))
    return found


def walk_down(heap: Heap, node: int) -> int:
    """The object below that keeps nearly all of it, and of whose parts none does. O(n) for each step."""
    idom, retained = heap.dominance.idom, heap.retained
    for _ in range(MOST_STEPS):
        children = np.flatnonzero(idom == node)
        if not len(children):
            return node
        best = int(children[np.argmax(retained[children])])
        if retained[best] < NEARLY_ALL * retained[node]:
            return node
        node = best
    return node


def count_new_entries(heap: Heap, node: int) -> int:
    """How many more a container has than in the earlier snapshot; 0 without one, and for what wasn't there."""
    earlier = heap.earlier
    (before,) = heap.find_earlier(np.array([node])).tolist()
    if earlier is None or before < 0:
        return 0
    return max(0, (length_of(heap.graph, node) or 0) - (length_of(earlier, before) or 0))


def tell_entries(length: int) -> str:
    return "1 entry" if length == 1 else f"{length:,} entries"
