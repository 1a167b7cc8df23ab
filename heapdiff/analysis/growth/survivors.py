"""Which objects of two snapshots of one process are the same object. Judges identity only, not growth.

An object has not moved if address and type agree. Addresses are reused, though, and a busy process makes its
objects in the same order each time, so agreement alone proves nothing: an object counts as a survivor only if
a chain of references that exists in both snapshots leads to it from a root that does.
"""

from dataclasses import dataclass, replace
from typing import Final, Protocol

import numpy as np
from numpy.typing import NDArray

from heapdiff.analysis.reach.routes import Starts
from heapdiff.format import LABEL_SHIFT, EdgeKind
from heapdiff.graph.heap import HeapGraph
from heapdiff.graph.paths import compute_reachable
from heapdiff.graph.recurring import ELSEWHERE, mark_recurring

BLOCK: Final = 1 << 21  # references at a time
IMMUTABLE: Final = frozenset(("tuple", "frozenset", "str", "bytes", "int", "float", "complex", "code"))


@dataclass(frozen=True)
class Survivors:
    """The same objects on both sides: each one's index on the other side, or -1."""

    before_of: NDArray[np.int64]  # (objects after,)
    after_of: NDArray[np.int64]  # (objects before,)


class Started(Protocol):
    """A graph, and where one begins in it: routes, or less."""

    @property
    def graph(self) -> HeapGraph: ...
    @property
    def starts(self) -> Starts: ...


def find_survivors(before: Started, after: Started) -> Survivors:
    """Objects of `after` that were there before. O(n + m), and a sort of the references of what changed."""
    matched = match_objects(before.graph, after.graph)
    kept = find_common_references(before.graph, after.graph, matched)
    kept &= ~find_replaced(before.graph, after.graph, matched, kept).take(after.graph.targets)
    starts = after.starts.nodes
    starts = starts[matched[starts] >= 0]
    known = np.zeros(len(before.graph), np.bool_)
    known[before.starts.nodes] = True
    starts = starts[known[matched[starts]]]
    proven = compute_reachable(_only(after.graph, kept), starts)
    before_of = np.where(proven, matched, -1)
    after_of = np.full(len(before.graph), -1, np.int64)
    survivors = np.flatnonzero(before_of >= 0)
    after_of[before_of[survivors]] = survivors
    return Survivors(before_of, after_of)


def match_objects(before: HeapGraph, after: HeapGraph) -> NDArray[np.int64]:
    """For each object after: the one before with its address and type, or -1."""
    if not len(before) or not len(after):
        return np.full(len(after), -1, np.int64)
    place = before.indexes_of(after.addresses)
    known = {(kind.name, kind.address): number for number, kind in enumerate(before.types)}
    types = np.array([known.get((kind.name, kind.address), -1) for kind in after.types], np.int64)
    same = (place >= 0) & (types.take(after.type_ids) == before.type_ids[place])
    return np.where(same, place, -1)


def find_replaced(
    before: HeapGraph, after: HeapGraph, matched: NDArray[np.int64], common: NDArray[np.bool_]
) -> NDArray[np.bool_]:
    """Immutable objects with another size or content: others have taken their place, (n,)."""
    chosen = np.flatnonzero(find_immutable(after) & (matched >= 0))
    then = matched[chosen]
    lengths = _count(after, after.labels >> LABEL_SHIFT != EdgeKind.WEAK, chosen)
    other = lengths != _count(after, common, chosen)
    other |= lengths != _count(before, before.labels >> LABEL_SHIFT != EdgeKind.WEAK, then)
    other |= after.sizes[chosen] != before.sizes[then]
    replaced = np.zeros(len(after), np.bool_)
    replaced[chosen[other]] = True
    return replaced


def find_immutable(graph: HeapGraph) -> NDArray[np.bool_]:
    """Objects whose content cannot change: strings and the like, tuples and their subclasses, (n,)."""
    immutable = (lineage[0] in IMMUTABLE or "tuple" in lineage for lineage in graph.lineages)
    chosen = np.array([*immutable, False], np.bool_)
    found: NDArray[np.bool_] = chosen.take(graph.type_ids)
    return found


def _count(graph: HeapGraph, marked: NDArray[np.bool_], nodes: NDArray[np.int64]) -> NDArray[np.uint32]:
    """How many of each node's references are marked."""
    running = np.zeros(len(marked) + 1, np.uint32)
    np.cumsum(marked, out=running[1:], dtype=np.uint32)
    counts: NDArray[np.uint32] = running[graph.first_edge[nodes + 1]] - running[graph.first_edge[nodes]]
    return counts


def find_common_references(
    before: HeapGraph, after: HeapGraph, matched: NDArray[np.int64]
) -> NDArray[np.bool_]:
    """Which references of `after` join two matched objects that were joined before, under any name.

    Most stand where they stood. O(m), in blocks where they do not, so that memory stays a small part of the graphs'.
    """
    marks = mark_recurring(before, after, matched)
    moved = np.flatnonzero(marks == ELSEWHERE)
    for start in range(0, len(moved), BLOCK):
        some = moved[start : start + BLOCK]
        marks[some] = _joined(before, matched[after.owners_of(some)], matched[after.targets[some]])
    return marks.view(np.bool_)


def _joined(graph: HeapGraph, owners: NDArray[np.int64], targets: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Whether each owner has any reference to the target beside it."""
    changed = graph.distinct(owners)
    counts = graph.first_edge[changed + 1] - graph.first_edge[changed]
    ends = np.cumsum(counts)
    positions = np.arange(int(ends[-1])) + np.repeat(graph.first_edge[changed] - (ends - counts), counts)
    strong = graph.labels[positions] >> LABEL_SHIFT != EdgeKind.WEAK
    size = np.int64(len(graph))
    present = (np.repeat(changed, counts) * size + graph.targets[positions])[strong]
    present.sort()
    sought = owners * size + targets
    if not len(present):
        return np.zeros(len(sought), np.bool_)
    at = np.minimum(np.searchsorted(present, sought), len(present) - 1)
    joined: NDArray[np.bool_] = present[at] == sought
    return joined


def _only(graph: HeapGraph, kept: NDArray[np.bool_]) -> HeapGraph:
    """The graph with all but the chosen references weak."""
    return replace(graph, labels=np.where(kept, graph.labels, np.uint32(EdgeKind.WEAK << LABEL_SHIFT)))
