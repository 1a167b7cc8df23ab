"""What would be freed with an object, with a set of objects, or by cutting one reference. Names nothing."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from heapdiff.analysis.reach.routes import Routes
from heapdiff.format import LABEL_SHIFT, EdgeKind
from heapdiff.graph.dominators import compute_dominators, compute_retained
from heapdiff.graph.heap import HeapGraph
from heapdiff.graph.narrow import Narrow, distinct
from heapdiff.graph.paths import compute_reachable
from heapdiff.graph.stored.columns import Arrays, Check, Column, columns_apart, put_together, take_apart

MOST_BYTES: Final = 2**63 - 1


@dataclass(frozen=True)
class Dominance:
    """The dominator tree of a graph and what each object retains in it, in bytes.

    `starts` are the roots that it was computed from: the named ones, and what native code holds.
    """

    graph: HeapGraph
    starts: NDArray[np.int64]
    idom: NDArray[np.uint32]  # (n,) n: only the roots together dominate it, n + 1: unreached
    retained: Narrow  # (n,) 0 where unreached


def compute_dominance(routes: Routes) -> Dominance:
    """Of all that the routes reach. O(m log n), see `compute_dominators`."""
    return compute_dominance_alone(routes.graph, routes.starts.held)


def compute_dominance_alone(graph: HeapGraph, held: NDArray[np.int64]) -> Dominance:
    """The same without routes, which reach nothing else."""
    columns = {
        "idom": Column("uint32", len(graph), 0, len(graph) + 1),
        **columns_apart("retained", "uint32", MOST_BYTES, len(graph)),
    }
    found = graph.shelf.once("dominance", columns, lambda: _dominate(graph, held), _is_whole)
    return _dominance_of(graph, held, found)


def measure(graph: HeapGraph, outside: ArrayLike = ()) -> Dominance:
    """The same from the graph's roots and the objects that something outside it holds."""
    held = np.asarray(outside, np.int64)
    return _dominance_of(graph, held, _dominate(graph, held))


def find_start_nodes(graph: HeapGraph, held: NDArray[np.int64]) -> NDArray[np.int64]:
    """The roots' objects and those held from outside, ascending."""
    return distinct(np.concatenate([np.array([root.node for root in graph.roots], np.int64), held]))


def _dominate(graph: HeapGraph, held: NDArray[np.int64]) -> Arrays:
    idom = compute_dominators(graph, held)
    return {"idom": idom, **take_apart("retained", compute_retained(graph, idom))}


def _is_whole(found: Arrays) -> Iterator[Check]:
    yield put_together("retained", found).is_whole


def _dominance_of(graph: HeapGraph, held: NDArray[np.int64], found: Arrays) -> Dominance:
    retained = put_together("retained", found)
    return Dominance(graph, find_start_nodes(graph, held), found["idom"], retained)


def compute_retained_by_set(dominance: Dominance, nodes: ArrayLike) -> int:
    """Bytes that would go if all these objects went together, each counted once: O(n + m) for a set.

    That is more than the sum over its topmost members where two of them keep something together.
    """
    graph, members = dominance.graph, dominance.graph.distinct(nodes)
    alive = dominance.idom <= len(graph)
    if len(members) == 1:
        return int(dominance.retained[members[0]])
    starts = np.setdiff1d(dominance.starts, members, assume_unique=True)
    kept = compute_reachable(graph, starts, without=members)
    return int(graph.sizes[alive & ~kept].sum())


def find_topmost(dominance: Dominance, nodes: NDArray[np.int64]) -> NDArray[np.int64]:
    """Those that no other of them dominates. O(nodes * depth) at worst, in steps of whole arrays."""
    n = len(dominance.graph)
    chosen = np.zeros(n + 2, np.bool_)
    chosen[nodes] = True
    inside, at = np.zeros(len(nodes), np.bool_), dominance.idom[nodes].astype(np.int64)
    left = np.arange(len(nodes))
    while len(left):
        left, at = left[at < n], at[at < n]
        hit = chosen[at]
        inside[left[hit]] = True
        left, at = left[~hit], dominance.idom[at[~hit]].astype(np.int64)
    return nodes[~inside]


def compute_freed_by_cut(
    graph: HeapGraph,
    owner: int,
    target: int,
    known: Dominance | None = None,
    edges: NDArray[np.integer] | None = None,
) -> int:
    """Bytes that nothing reaches any more once `owner` no longer refers to `target`; 0 if others keep it.

    `edges` are all strong references to the target, which are looked for in O(m) where they aren't given.

    Every path to what is freed runs through `target`, so it is all that `target` retains or nothing. It is
    all if `owner` is the nearest dominator and every other referrer hangs below `target` itself.
    """
    dominance = measure(graph) if known is None else known
    if int(dominance.idom[target]) != owner or not _refers(graph, owner, target):
        return 0
    others = graph.owners_of(graph.edges_to([target]) if edges is None else edges)
    above = distinct(others[(others != owner) & (dominance.idom[others] <= len(graph))])
    while len(above := above[above != target]):
        if (above == owner).any():
            return 0
        above = distinct(dominance.idom[above])  # ends at the owner at the latest, which dominates them all
    return int(dominance.retained[target])


def _refers(graph: HeapGraph, owner: int, target: int) -> bool:
    row = graph.row(owner)
    strong = graph.labels[row] >> LABEL_SHIFT != EdgeKind.WEAK
    return bool((graph.targets[row][strong] == target).any())
