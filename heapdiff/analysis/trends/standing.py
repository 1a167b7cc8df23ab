"""Where a holder stood in an earlier snapshot: the same object, or what was reached along the same references."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from heapdiff.analysis.holders.holder import Place, length_of
from heapdiff.analysis.reach.routes import Routes
from heapdiff.analysis.reach.trails import GAP, Trail, key_node, own_text
from heapdiff.answers import HolderKind
from heapdiff.format import LABEL_PAYLOAD, LABEL_SHIFT, EdgeKind
from heapdiff.graph.heap import HeapGraph

__all__ = ["ABSENT", "find_then"]

ABSENT: Final = -1


def find_then(there: Routes, here: HeapGraph, place: Place) -> int | None:
    """The holder in another snapshot, ABSENT if it was made later, None if that cannot be told. O(trail).

    Holders of two threads with one name may be the same one there.
    """
    same = _same(there.graph, here, place.node)
    if same >= 0 and there.reached[same]:
        return same
    if "…" in place.path or place.named.kind is HolderKind.NATIVE or length_of(here, place.node) is None:
        return None
    node = _find_start(there, here, place.trail)
    for edge, target in zip(place.trail.edges, place.trail.nodes[1:], strict=True):
        if node is None or node == ABSENT:
            return node
        node = None if edge == GAP else _go_on(there.graph, node, here, edge, target)
    return node if node is None or _is_alike(there.graph, node, here, place.node) else ABSENT


def _same(there: HeapGraph, here: HeapGraph, node: int) -> int:
    """The object with the same address and type, or -1."""
    found = int(there.index_of(int(here.addresses[node])))
    return found if found >= 0 and _is_alike(there, found, here, node) else -1


def _is_alike(there: HeapGraph, node: int, here: HeapGraph, other: int) -> bool:
    return there.type_name(node) == here.type_name(other)


def _find_start(there: Routes, here: HeapGraph, trail: Trail) -> int | None:
    """The same root: that object, or the only one that is called so."""
    same, root = _same(there.graph, here, trail.nodes[0]), trail.root
    if same in there.starts or root is None:
        return same if same in there.starts else None
    name = here.name_of(trail.nodes[0])
    named = {
        int(each.node)
        for each in there.graph.roots
        if (each.kind, each.name, there.graph.name_of(each.node)) == (root.kind, root.name, name)
    }
    return _only(named)


def _only(nodes: set[int]) -> int | None:
    return None if len(nodes) > 1 else next(iter(nodes), ABSENT)


def _go_on(there: HeapGraph, node: int, here: HeapGraph, edge: int, target: int) -> int | None:
    """Where the same reference of this object leads: to the same object, or to what else stood there."""
    row = slice(int(there.first_edge[node]), int(there.first_edge[node + 1]))
    same = _same(there, here, target)
    if same >= 0 and (there.targets[row] == same).any():
        return same
    found = _only(set(there.targets[row][_stands_for(there, row, here, edge)].tolist()))
    inline = (
        found == ABSENT and own_text(here, edge) == "__dict__"
    )  # its attributes stood in the object itself
    return node if inline else found


def _stands_for(there: HeapGraph, row: slice, here: HeapGraph, edge: int) -> NDArray[np.bool_]:
    """Which of an object's references is called what this one is: by name, key or index."""
    labels = there.labels[row]
    kinds, kind = labels >> LABEL_SHIFT, int(here.labels[edge]) >> LABEL_SHIFT
    if name := own_text(here, edge):
        return np.array([own_text(there, at) == name for at in range(row.start, row.stop)], np.bool_)
    alike: NDArray[np.bool_] = kinds == kind
    if kind == EdgeKind.VALUE:
        key = _same(there, here, key_node(here, edge))
        alike &= (np.roll(there.targets[row], 1) == key) & (key >= 0)
    elif kind == EdgeKind.INT_VALUE:
        alike &= there.int_keys[np.where(alike, labels & LABEL_PAYLOAD, 0)] == here.edge(edge).index
    elif kind == EdgeKind.ELEMENT:
        alike &= labels == here.labels[edge]
    return alike
