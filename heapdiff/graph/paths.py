"""Cheapest paths and reachability. What a reference costs is the caller's business."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from heapdiff.graph.heap import HeapGraph
from heapdiff.graph.kernels import kernels

UNREACHED: Final = np.iinfo(np.int64).max
FORBIDDEN_COST: Final = 255


@dataclass(frozen=True, slots=True)
class Paths:
    """Cheapest way to each object: its last reference and that one's owner; -1 at a start or not."""

    distance: NDArray[np.int64]  # (n,) UNREACHED where nothing leads
    edge: NDArray[np.int64]  # (n,) position in `targets`
    parent: NDArray[np.int64]  # (n,)


def shortest_paths(
    graph: HeapGraph,
    costs: NDArray[np.uint8],
    starts: ArrayLike,
    start_costs: ArrayLike | None = None,
    known: Paths | None = None,
) -> Paths:
    """Cheapest paths from `starts` along strong references.

    `costs` has one byte per reference, 0 to 254; 255 forbids it. `start_costs`, 0 without, may be any size.
    Of equally cheap paths the one found first stays; starts count in the order given. With `known` paths from other
    starts these are updated in place, where the new starts have cheaper ones. O(n + m), 8 bytes per object meanwhile.
    """
    nodes = np.asarray(starts, np.uint32)
    given = np.zeros(len(nodes), np.int64) if start_costs is None else np.asarray(start_costs, np.int64)
    order = np.argsort(given, kind="stable")
    paths = known
    if paths is None:
        nothing = (UNREACHED, -1, -1)
        paths = Paths(*(np.full(len(graph), value, np.int64) for value in nothing))
    kernels.paths(
        graph.first_edge,
        graph.targets,
        graph.labels,
        np.ascontiguousarray(costs, np.uint8),
        np.ascontiguousarray(nodes[order]),
        np.ascontiguousarray(given[order]),
        paths.distance,
        paths.edge,
        paths.parent,
    )
    return paths


def compute_reachable(graph: HeapGraph, starts: ArrayLike, without: ArrayLike = ()) -> NDArray[np.bool_]:
    """What strong references lead to from `starts`, which count too, never through `without`; (n,).."""
    marks = np.zeros(len(graph), np.uint8)
    marks[np.asarray(without, np.int64)] = 2
    kernels.reach(graph.first_edge, graph.targets, graph.labels, np.asarray(starts, np.uint32), marks)
    reached: NDArray[np.bool_] = marks == 1
    return reached


def compute_reachable_within(
    graph: HeapGraph, starts: ArrayLike, nodes: NDArray[np.int64]
) -> NDArray[np.bool_]:
    """Which of these nodes the starts, some of them, lead to without leaving them. O(what is reached), a byte per object."""
    marks = np.full(len(graph), 2, np.uint8)
    marks[nodes] = 0
    kernels.reach(graph.first_edge, graph.targets, graph.labels, np.asarray(starts, np.uint32), marks)
    reached: NDArray[np.bool_] = marks[nodes] == 1
    return reached
