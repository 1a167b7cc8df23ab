"""How each object is reached from the roots, at least cost, and what nothing reaches. Names nothing."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np
from numpy.typing import NDArray

from heapdiff.analysis.costs import NATIVE_COST, compute_edge_costs, root_cost
from heapdiff.format import LABEL_SHIFT, EdgeKind
from heapdiff.graph.heap import HeapGraph, Root

__all__ = ["Routes", "compute_routes", "find_held_outside", "owner_of", "reach"]

UNREACHED: Final = np.iinfo(np.int64).max


@dataclass(frozen=True)
class Routes:
    """The cheapest way to each object.

    `via` is the last reference's position, -1 at a start or if unreached.
    """

    graph: HeapGraph
    costs: NDArray[np.uint8]  # (m,) of each reference
    distance: NDArray[np.int64]  # (n,) UNREACHED where nothing leads
    via: NDArray[np.int64]  # (n,)
    parent: NDArray[np.int64]  # (n,) owner of `via`, -1 where there is none
    starts: dict[int, tuple[int, Root | None]]  # node -> cost and root; no root: held by native code

    @cached_property
    def reached(self) -> NDArray[np.bool_]:
        reached: NDArray[np.bool_] = self.distance != UNREACHED
        return reached


def owner_of(graph: HeapGraph, positions: NDArray[np.int64]) -> NDArray[np.int64]:
    """The nodes whose references stand at these positions."""
    owners: NDArray[np.int64] = np.searchsorted(graph.first_edge, positions, side="right") - 1
    return owners


def compute_routes(graph: HeapGraph) -> Routes:
    """Cheapest routes from the named roots; what they miss is tried from objects that something unseen holds.

    Such an object has more references counted than found: native code or a running C function has it. What
    is unreached even then is garbage that waits for the collector. O(m + n), run twice at most.
    """
    costs = compute_edge_costs(graph)
    starts: dict[int, tuple[int, Root | None]] = {}
    for root in sorted(graph.roots, key=lambda root: (root_cost(root), root.kind, root.name)):
        starts.setdefault(int(root.node), (root_cost(root), root))
    distance, via = _search(graph, costs, starts)
    missed = np.flatnonzero(distance == UNREACHED)
    held = missed[find_held_outside(graph)[missed]]
    if len(held):
        starts.update((int(node), (NATIVE_COST, None)) for node in held)
        distance, via = _search(graph, costs, starts)
    parent = np.full(len(graph), -1, np.int64)
    linked = via >= 0
    parent[linked] = owner_of(graph, via[linked])
    return Routes(graph, costs, distance, via, parent, starts)


def find_held_outside(graph: HeapGraph) -> NDArray[np.bool_]:
    """Which objects have a reference count above the references found; immortal ones (count 0) never."""
    strong = graph.labels >> LABEL_SHIFT != EdgeKind.WEAK
    found = np.bincount(graph.targets[strong], minlength=len(graph))
    return graph.refcounts.astype(np.int64) > found


def _search(
    graph: HeapGraph, costs: NDArray[np.uint8], starts: dict[int, tuple[int, Root | None]]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    import heapq

    n = len(graph)
    distance = np.full(n, UNREACHED, np.int64)
    via = np.full(n, -1, np.int64)
    first, targets, labels = graph.first_edge.tolist(), graph.targets.tolist(), graph.labels.tolist()
    cost = costs.tolist()
    dist = [UNREACHED] * n
    queue = []
    for node, (start, _) in starts.items():
        dist[node] = start
        queue.append((start, node))
    heapq.heapify(queue)
    back = [-1] * n
    while queue:
        d, node = heapq.heappop(queue)
        if d > dist[node]:
            continue
        for position in range(first[node], first[node + 1]):
            if labels[position] >> LABEL_SHIFT == EdgeKind.WEAK:
                continue
            target = targets[position]
            if d + cost[position] < dist[target]:
                dist[target] = d + cost[position]
                back[target] = position
                heapq.heappush(queue, (dist[target], target))
    distance[:] = dist
    via[:] = back
    return distance, via


def reach(graph: HeapGraph, starts: NDArray[np.int64]) -> NDArray[np.bool_]:
    """What strong references lead to from the starts, themselves included."""
    distance, _ = _search(
        graph, np.ones(len(graph.targets), np.uint8), {int(node): (0, None) for node in starts}
    )
    reached: NDArray[np.bool_] = distance != UNREACHED
    return reached
