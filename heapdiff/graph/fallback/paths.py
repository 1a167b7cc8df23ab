"""Cheapest paths with a heap of the standard library, reachability with frontiers."""

import heapq
from itertools import count

import numpy as np
from numpy.typing import NDArray

from heapdiff.format import LABEL_SHIFT, EdgeKind

FORBIDDEN_COST = 255
FARTHEST = 2**31 - 2


def paths(
    first: NDArray[np.int32],
    targets: NDArray[np.uint32],
    labels: NDArray[np.uint32],
    costs: NDArray[np.uint8],
    starts: NDArray[np.uint32],
    start_costs: NDArray[np.int64],
    distance: NDArray[np.int32],
    edge: NDArray[np.int32],
    parent: NDArray[np.int32],
) -> None:
    """Cheapest paths from starts, which are in order of their costs, where cheaper than those known.

    Of two nodes at one distance, the one that came to it first goes first. In C: O(m + n), 4 bytes per node.
    """
    row, target_of, cost_of = first.tolist(), targets.tolist(), costs.tolist()
    usable = ((labels >> LABEL_SHIFT != EdgeKind.WEAK) & (costs != FORBIDDEN_COST)).tolist()
    distance_of, edge_to, parent_of = distance.tolist(), edge.tolist(), parent.tolist()
    later = list(zip(start_costs.tolist(), starts.tolist(), strict=True))[::-1]
    turn = count()
    queue: list[tuple[int, int, int]] = []
    while queue or later:
        if later and (not queue or min(later[-1][0], FARTHEST) <= queue[0][0]):
            cost, node = later.pop()
            cost = min(cost, FARTHEST)
            if cost < distance_of[node]:
                distance_of[node], edge_to[node], parent_of[node] = cost, -1, -1
                heapq.heappush(queue, (cost, next(turn), node))
            continue
        reached, _, node = heapq.heappop(queue)
        if reached > distance_of[node]:
            continue
        for at in range(row[node], row[node + 1]):
            target, through = target_of[at], min(reached + cost_of[at], FARTHEST)
            if usable[at] and through < distance_of[target]:
                distance_of[target], edge_to[target], parent_of[target] = through, at, node
                heapq.heappush(queue, (through, next(turn), target))
    distance[:], edge[:], parent[:] = distance_of, edge_to, parent_of


def reach(
    first: NDArray[np.int32],
    targets: NDArray[np.uint32],
    labels: NDArray[np.uint32],
    starts: NDArray[np.uint32],
    marks: NDArray[np.uint8],
) -> None:
    """Mark 1 what the starts reach through marks of 0. O(m + n), 4 bytes per node in C."""
    strong = labels >> LABEL_SHIFT != EdgeKind.WEAK
    frontier = np.unique(starts[marks[starts] == 0])
    while len(frontier):
        marks[frontier] = 1
        spans = [np.arange(first[node], first[node + 1]) for node in frontier.tolist()]
        edges = np.concatenate(spans)
        found = targets[edges[strong[edges]]]
        frontier = np.unique(found[marks[found] == 0])
