"""The two orders that make each page of a heap a slice: by type and by dominator, in both the heaviest objects first.

8 bytes per object. They come from one function, which takes what an earlier command has stored instead.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from heapdiff.analysis.reach.retained import Dominance
from heapdiff.graph.dominators import find_outermost
from heapdiff.graph.heap import HeapGraph
from heapdiff.graph.narrow import blocks
from heapdiff.graph.stored.columns import Arrays, Check, Column

LOW: Final = np.uint64(2**32 - 1)
BLOCK: Final = 1 << 21  # objects at a time, so that what is only meanwhile stays small


@dataclass(frozen=True)
class Totals:
    """Of each kind: how many objects, their bytes, and what the outermost of them retain; (k,) each."""

    counts: NDArray[np.int64]
    bytes: NDArray[np.int64]
    retained: NDArray[np.int64]


def number_kinds(graph: HeapGraph) -> NDArray[np.uint32]:
    """For each type: its number among the types with different names, in their order, (types,)."""
    known: dict[str, int] = {}
    return np.array([known.setdefault(kind.name, len(known)) for kind in graph.types], np.uint32)


def name_kinds(graph: HeapGraph) -> Sequence[str]:
    """The names of the kinds, by number."""
    return list(dict.fromkeys(kind.name for kind in graph.types))


def classify(graph: HeapGraph, numbers: NDArray[np.uint32]) -> NDArray[np.uint32]:
    """The kind of each object, (n,): its type, but that two types of the same name are one kind."""
    return numbers.take(graph.type_ids) if len(numbers) else np.zeros(len(graph), np.uint32)


def rank_by_weight(retained: NDArray[np.int64]) -> NDArray[np.uint32]:
    """All objects, what retains most first; of equal ones the first in memory, (n,). O(n log n)."""
    return np.argsort(-retained, kind="stable").astype(np.uint32)


def order_by(keys: NDArray[np.uint32], heaviest: NDArray[np.uint32]) -> NDArray[np.uint32]:
    """All objects, by key and then as in `heaviest`, (n,). O(n log n), 12 bytes per object meanwhile."""
    rank = np.empty(len(keys), np.uint32)
    rank[heaviest] = np.arange(len(keys), dtype=np.uint32)
    both = keys.astype(np.uint64)
    both <<= np.uint64(32)
    both |= rank
    del rank
    both.sort()
    both &= LOW
    return heaviest[both]


def add_up(
    graph: HeapGraph,
    dominance: Dominance,
    kinds: NDArray[np.uint32],
    outermost: NDArray[np.bool_],
    count: int,
) -> Totals:
    """The totals of `count` kinds. O(n)."""
    sums = [np.zeros(count, np.int64) for _ in range(3)]
    for some in blocks(len(kinds), BLOCK):
        within, top = kinds[some], outermost[some]
        sums[0] += np.bincount(within, minlength=count)
        sums[1] += sum_by(within, graph.sizes[some], count)
        sums[2] += sum_by(within[top], dominance.retained[some][top], count)
    return Totals(*sums)


def sum_by(keys: NDArray[np.integer], numbers: NDArray[np.int64], count: int) -> NDArray[np.int64]:
    """Exact as long as a sum is below 2**53, which no memory is."""
    return np.bincount(keys, weights=numbers, minlength=count).astype(np.int64)


@dataclass(frozen=True)
class Orders:
    """All objects by kind and by dominator, heaviest first in both, and the totals of the kinds."""

    by_kind: NDArray[np.uint32]  # (n,)
    by_dominator: NDArray[np.uint32]  # (n,)
    totals: Totals


def compute_orders(graph: HeapGraph, dominance: Dominance) -> Orders:
    """From an earlier command, if one has stored them. O(n log n), 20 bytes per object meanwhile."""
    nodes, kinds = len(graph), len(name_kinds(graph))
    columns = {
        "by_kind": Column("uint32", nodes, 0, nodes - 1),
        "by_dominator": Column("uint32", nodes, 0, nodes - 1),
        "counts": Column("int64", kinds, 0, nodes),
        "bytes": Column("int64", kinds, 0),
        "retained": Column("int64", kinds, 0),
    }
    found = graph.shelf.once("orders", columns, lambda: _order(graph, dominance), _is_whole)
    totals = Totals(found["counts"], found["bytes"], found["retained"])
    return Orders(found["by_kind"], found["by_dominator"], totals)


def _order(graph: HeapGraph, dominance: Dominance) -> Arrays:
    kinds = classify(graph, number_kinds(graph))
    heaviest = rank_by_weight(dominance.retained[:])
    by_kind = order_by(kinds, heaviest)
    by_dominator = order_by(dominance.idom, heaviest)
    del heaviest
    outermost = find_outermost(dominance.idom, kinds)
    totals = add_up(graph, dominance, kinds, outermost, len(name_kinds(graph)))
    return {
        "by_kind": by_kind,
        "by_dominator": by_dominator,
        "counts": totals.counts,
        "bytes": totals.bytes,
        "retained": totals.retained,
    }


def _is_whole(found: Arrays) -> Iterator[Check]:
    yield lambda: bool(found["counts"].sum() == len(found["by_kind"]))
