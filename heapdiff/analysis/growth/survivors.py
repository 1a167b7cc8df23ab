"""Which objects of two snapshots of one process are the same object. Judges identity only, not growth.

An object has not moved if address and type agree. Addresses are reused, though, and a busy process makes its
objects in the same order each time, so agreement alone proves nothing: an object counts as a survivor only if
a chain of references that exists in both snapshots leads to it from a root that does.
"""

from dataclasses import dataclass
from typing import Final, Protocol

import numpy as np
from numpy.typing import NDArray

from heapdiff.analysis.reach.routes import Starts
from heapdiff.graph.heap import HeapGraph
from heapdiff.graph.narrow import blocks
from heapdiff.graph.paths import IMMUTABLE as UNCHANGING
from heapdiff.graph.paths import REPLACED, match_addresses, prove_matches

IMMUTABLE: Final = frozenset(("tuple", "frozenset", "str", "bytes", "int", "float", "complex", "code"))


@dataclass(frozen=True)
class Survivors:
    """The same objects on both sides: each one's index on the other side, or -1."""

    before_of: NDArray[np.int32]  # (objects after,)
    after_of: NDArray[np.int32]  # (objects before,)


class Started(Protocol):
    """A graph, and where one begins in it: routes, or less."""

    @property
    def graph(self) -> HeapGraph: ...
    @property
    def starts(self) -> Starts: ...


def find_survivors(before: Started, after: Started) -> Survivors:
    """Objects of `after` that were there before. O(n + m); beside the result, 6 bytes per object."""
    matched = match_objects(before.graph, after.graph)
    known = np.zeros(len(before.graph), np.bool_)
    known[before.starts.nodes] = True
    starts = after.starts.nodes
    starts = starts[matched[starts] >= 0]
    starts = starts[known[matched[starts]]]
    kinds = _find_kinds(before.graph, after.graph, matched)
    prove_matches(before.graph, after.graph, matched, kinds, starts)
    after_of = np.full(len(before.graph), -1, np.int32)
    for block in blocks(len(matched)):
        there = np.flatnonzero(matched[block] >= 0)
        after_of[matched[block][there]] = there + block.start
    return Survivors(matched, after_of)


def match_objects(before: HeapGraph, after: HeapGraph) -> NDArray[np.int32]:
    """For each object after: the one before with its address and type, or -1."""
    matched = match_addresses(before, after)
    known = {(kind.name, kind.address): number for number, kind in enumerate(before.types)}
    types = np.array([*(known.get((kind.name, kind.address), -1) for kind in after.types), -1], np.int64)
    for block in blocks(len(matched) if len(before) else 0):
        there = matched[block]
        there[types[after.type_ids[block]] != before.type_ids[there]] = -1
    return matched


def _find_kinds(before: HeapGraph, after: HeapGraph, matched: NDArray[np.int32]) -> NDArray[np.uint8]:
    """Which objects cannot change, and which of them have another size than before, (n,)."""
    kinds = find_immutable(after).view(np.uint8)  # UNCHANGING, or MUTABLE
    for block in blocks(len(matched)):
        chosen = np.flatnonzero((kinds[block] == UNCHANGING) & (matched[block] >= 0))
        other = after.sizes[block][chosen] != before.sizes[matched[block][chosen]]
        kinds[block][chosen[other]] = REPLACED
    return kinds


def find_immutable(graph: HeapGraph) -> NDArray[np.bool_]:
    """Objects whose content cannot change: strings and the like, tuples and their subclasses, (n,)."""
    immutable = (lineage[0] in IMMUTABLE or "tuple" in lineage for lineage in graph.lineages)
    chosen = np.array([*immutable, False], np.bool_)
    return graph.by_type(chosen)
