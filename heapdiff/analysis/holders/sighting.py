"""A holder in another snapshot of its process: where it stood, how many entries it had, which places were taken, which keys.

What is found is small, so that a snapshot can go once it was looked at.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray

from heapdiff.analysis.holders.holder import Place
from heapdiff.analysis.holders.shapes import length_of
from heapdiff.analysis.reach.routes import Routes
from heapdiff.analysis.reach.trails import GAP, key_node, own_text
from heapdiff.answers import HolderKind
from heapdiff.format import LABEL_PAYLOAD, LABEL_SHIFT, EdgeKind
from heapdiff.graph.heap import HeapGraph

ABSENT: Final = -1
FEW: Final = 64  # keys that are kept: a thousand holders' in a dozen snapshots weigh 14 MB at most

Keys = NDArray[np.void]  # what tells the keys of a dict apart, in its order
KEY: Final = np.dtype([("kind", np.uint8), ("which", np.int64)])


@dataclass(frozen=True, slots=True)
class Sighting:
    """One holder in one snapshot. `node` is None where it can't be told, and ABSENT where it was made later.

    `same_keys` are its keys that are as they were in the first snapshot, in their order; `few`: the keys, where they're few.
    """

    node: int | None
    length: int | None = None
    taken: int | None = None
    keys: int = 0
    same_keys: int = 0
    few: Keys | None = field(default=None, compare=False)

    @property
    def there(self) -> bool:
        return self.node is not None and self.node != ABSENT


def sight(there: Routes, here: HeapGraph, place: Place, first: Keys) -> Sighting:
    """A holder of `here` as another snapshot has it; `first`: its keys in the first one. O(trail and entries)."""
    node, graph = find_then(there, here, place), there.graph
    if node is None or node == ABSENT:
        return Sighting(node, None if node is None else 0)
    keys = keys_of(graph, node)
    both = min(len(keys), len(first))
    same = int(np.count_nonzero(keys[:both] == first[:both]))
    few = keys if len(keys) <= FEW else None
    return Sighting(node, length_of(graph, node), _count_taken(graph, node), len(keys), same, few)


def _count_taken(graph: HeapGraph, node: int) -> int | None:
    """The places of a sequence that have something else than None; None of what has no places."""
    row = graph.row(node)
    elements = graph.targets[row][graph.labels[row] >> LABEL_SHIFT == EdgeKind.ELEMENT]
    if not len(elements):
        return None
    counts = np.bincount(graph.type_ids[elements])
    empty = (kind for kind in np.flatnonzero(counts).tolist() if graph.types[kind].name == "NoneType")
    return len(elements) - sum(int(counts[kind]) for kind in empty)


def keys_of(graph: HeapGraph, node: int) -> Keys:
    """Their addresses, or the numbers themselves."""
    row = graph.row(node)
    labels, targets = graph.labels[row], graph.targets[row]
    kinds = labels >> LABEL_SHIFT
    at = np.flatnonzero((kinds == EdgeKind.KEY) | (kinds == EdgeKind.INT_VALUE))
    numbers = kinds[at] == EdgeKind.INT_VALUE
    keys = np.zeros(len(at), KEY)
    keys["kind"] = kinds[at]
    keys["which"] = graph.addresses[targets[at]].view(np.int64)
    keys["which"][numbers] = graph.int_keys[labels[at[numbers]] & LABEL_PAYLOAD]
    return keys


def find_then(there: Routes, here: HeapGraph, place: Place) -> int | None:
    """What stood there along the same references in another snapshot, else the same object: O(trail).

    ABSENT if it was made later, None if that cannot be told. Memory is taken again: another dict may have had its address.
    """
    same, nodes = _same(there.graph, here, place.node), place.trail.nodes
    if same < 0 or not there.reached[same]:
        return _follow(there, here, place)
    parent = int(there.parent[same])
    if parent >= 0 and len(nodes) > 1 and parent == _same(there.graph, here, nodes[-2]):
        return same
    stood = _follow(there, here, place)
    return same if stood is None or stood == ABSENT else stood


def _follow(there: Routes, here: HeapGraph, place: Place) -> int | None:
    nodes = place.trail.nodes
    if "…" in place.path or place.kind is HolderKind.NATIVE or length_of(here, place.node) is None:
        return None
    start = _same(there.graph, here, nodes[0])
    node: int | None = start if start in there.starts else ABSENT
    for edge, target in zip(place.trail.edges, nodes[1:], strict=True):
        if node is None or node == ABSENT:
            return node
        node = None if edge == GAP else _go_on(there.graph, node, here, edge, target)
    return ABSENT if node is not None and _type(there.graph, node) != _type(here, place.node) else node


def _type(graph: HeapGraph, node: int) -> str:
    return graph.type_name(node) if node >= 0 else ""


def _same(there: HeapGraph, here: HeapGraph, node: int) -> int:
    """The object with the same address and type, or ABSENT."""
    found = int(there.index_of(int(here.addresses[node])))
    return found if _type(there, found) == _type(here, node) else ABSENT


def _go_on(there: HeapGraph, node: int, here: HeapGraph, edge: int, target: int) -> int | None:
    """Where the same reference of this object leads: to the same object, or to what else stood there."""
    row = slice(int(there.first_edge[node]), int(there.first_edge[node + 1]))
    same = _same(there, here, target)
    if same >= 0 and (there.targets[row] == same).any():
        return same
    found = set(there.targets[row][_stands_for(there, row, here, edge)].tolist())
    if not found and own_text(here, edge) == "__dict__":
        return node  # its attributes stood in the object itself
    return next(iter(found), ABSENT) if len(found) < 2 else None


def _stands_for(there: HeapGraph, row: slice, here: HeapGraph, edge: int) -> NDArray[np.bool_]:
    """Which of an object's references is called what this one is: by name, key or index."""
    if name := own_text(here, edge):
        return np.array([own_text(there, at) == name for at in range(row.start, row.stop)], np.bool_)
    labels, label = there.labels[row], int(here.labels[edge])
    alike: NDArray[np.bool_] = labels >> LABEL_SHIFT == label >> LABEL_SHIFT
    if label >> LABEL_SHIFT == EdgeKind.VALUE:
        key = _same(there, here, key_node(here, edge))
        alike &= (np.roll(there.targets[row], 1) == key) & (key >= 0)
    elif label >> LABEL_SHIFT == EdgeKind.INT_VALUE:
        alike[alike] = there.int_keys[labels[alike] & LABEL_PAYLOAD] == here.edge(edge).index
    elif label >> LABEL_SHIFT == EdgeKind.ELEMENT:
        alike &= labels == label
    return alike
