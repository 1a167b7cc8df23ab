"""Cheapest paths, reachability, and what chains two graphs have in common. What a reference costs is the caller's business."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from heapdiff.graph.heap import HeapGraph
from heapdiff.graph.kernels import kernels

UNREACHED: Final = np.iinfo(np.int32).max
FARTHEST: Final = UNREACHED - 1  # what costs more counts as this
FORBIDDEN_COST: Final = 255
MUTABLE: Final = 0
IMMUTABLE: Final = 1
REPLACED: Final = 2


@dataclass(frozen=True, slots=True)
class Paths:
    """Cheapest way to each object: its last reference and that one's owner; -1 at a start or not."""

    distance: NDArray[np.int32]  # (n,) UNREACHED where nothing leads, at most FARTHEST where something does
    edge: NDArray[np.int32]  # (n,) position in `targets`
    parent: NDArray[np.int32]  # (n,)


def price_edges(
    graph: HeapGraph,
    by_kind: NDArray[np.uint8],
    by_name: NDArray[np.uint8],
    extra: NDArray[np.uint8],
    most: int,
) -> NDArray[np.uint8]:
    """A cost for each reference, (m,): that of its kind, or of its name where `by_name` is above 0, and what its target adds.

    `by_kind` has 16, `by_name` one for each of the graph's names, `extra` one per object; no sum passes `most`. O(m).
    """
    costs = np.empty(len(graph.targets), np.uint8)
    kernels.price(graph.first_edge, graph.targets, graph.labels, by_kind, by_name, extra, most, costs)
    return costs


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
    starts these are updated in place, where the new starts have cheaper ones. O(n + m), 4 bytes per object meanwhile.
    """
    nodes = np.asarray(starts, np.uint32)
    given = np.zeros(len(nodes), np.int64) if start_costs is None else np.asarray(start_costs, np.int64)
    order = np.argsort(given, kind="stable")
    paths = known
    if paths is None:
        nothing = (UNREACHED, -1, -1)
        paths = Paths(*(np.full(len(graph), value, np.int32) for value in nothing))
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


@dataclass(frozen=True, slots=True)
class Ties:
    """References on a cheapest path to an object, beside its own last one. 8 bytes for each."""

    targets: NDArray[np.uint32]  # ascending
    edges: NDArray[np.uint32]

    def of(self, node: int) -> list[int]:
        """Those to one object, ascending."""
        row = np.searchsorted(self.targets, np.array([node, node + 1], np.uint32))
        found: list[int] = self.edges[row[0] : row[1]].tolist()
        return found


def find_ties(
    graph: HeapGraph, costs: NDArray[np.uint8], distance: NDArray[np.int32], via: NDArray[np.int32], most: int
) -> Ties:
    """Of all objects to which at most `most` strong references lead. Nothing is told apart at FARTHEST.

    O(n + m), 2 bytes per object meanwhile.
    """
    found = kernels.ties(graph.first_edge, graph.targets, graph.labels, costs, distance, via, most)
    edges = np.frombuffer(found, np.uint32)
    targets = graph.targets[edges]
    order = np.argsort(targets, kind="stable")
    return Ties(targets[order], edges[order])


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


def match_addresses(before: HeapGraph, after: HeapGraph) -> NDArray[np.int32]:
    """For each object of `after` the one of `before` at its address, or -1. O(n)."""
    matched = np.empty(len(after), np.int32)
    kernels.match(after.addresses, before.addresses, matched)
    return matched


def prove_matches(
    before: HeapGraph,
    after: HeapGraph,
    matched: NDArray[np.int32],
    kinds: NDArray[np.uint8],
    starts: NDArray[np.integer],
) -> None:
    """Of `matched`, the earlier object of each or -1, keep in place what a chain that both graphs have leads to from `starts`.

    A chain has strong references that joined the same two objects before, under whatever name, and leads to no object that
    another one has replaced: one of kind REPLACED, or IMMUTABLE and referring to something else than before; (n,) `kinds`.
    O(n + m), 5 bytes per object meanwhile, and a bit per reference.
    """
    kernels.prove(
        after.first_edge,
        after.targets,
        after.labels,
        before.first_edge,
        before.targets,
        before.labels,
        kinds,
        np.ascontiguousarray(starts, np.uint32),
        matched,
    )
