"""A few objects cut out of a graph, with what holds them from outside: what each retains is the same as in the whole."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from heapdiff.analysis.reach.retained import Dominance, measure
from heapdiff.analysis.reach.routes import Routes
from heapdiff.format import LABEL_SHIFT, EdgeKind
from heapdiff.graph.heap import HeapGraph, Offsets
from heapdiff.graph.narrow import distinct


@dataclass(frozen=True)
class Cutout:
    """`graph` has only the references among them; node `i` of it is `nodes[i]`, its reference `j` is `edges[j]`.

    `starts` are those that a root or an object outside refers to.
    """

    graph: HeapGraph
    nodes: NDArray[np.int64]
    edges: NDArray[np.int64]
    starts: NDArray[np.int64]

    def index_of(self, nodes: NDArray[np.int64]) -> NDArray[np.int64]:
        """Where these stand, which must be among them."""
        return np.searchsorted(self.nodes, nodes)

    def compute_dominance(self) -> Dominance:
        return measure(self.graph, self.starts)


def cut_out(routes: Routes, nodes: NDArray[np.int64]) -> Cutout:
    """These nodes, which roots reach. O(k log k) for `k` references to and from them, and one pass over all."""
    graph, nodes = routes.graph, distinct(nodes)
    owners, positions = spread(graph.first_edge, nodes)
    at, inside = find_among(nodes, graph.targets[positions])
    inside &= graph.labels[positions] >> LABEL_SHIFT != EdgeKind.WEAK
    owners, positions, at = owners[inside], positions[inside], at[inside]
    first = np.searchsorted(owners, np.arange(len(nodes) + 1)).astype(np.int32)
    edges = graph.edges_to(nodes)
    held, sources = np.searchsorted(nodes, graph.targets[edges]), graph.owners_of(edges)
    outside = ~find_among(nodes, sources)[1] & routes.reached[sources]
    roots = find_among(nodes, routes.starts.nodes)
    part = HeapGraph(
        addresses=graph.addresses[nodes],
        type_ids=graph.type_ids[nodes],
        sizes=graph.sizes.at(nodes),
        refcounts=graph.refcounts.at(nodes),
        first_edge=first,
        targets=at.astype(np.uint32),
        labels=graph.labels[positions],
        types=graph.types,
        names=graph.names,
    )
    return Cutout(part, nodes, positions, distinct(np.concatenate([held[outside], roots[0][roots[1]]])))


def spread(first: Offsets, nodes: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """For each reference of these nodes: which of them has it, and its position."""
    counts = first[nodes + 1] - first[nodes]
    owners = np.repeat(np.arange(len(nodes)), counts)
    return owners, np.arange(len(owners)) + np.repeat(first[nodes] - np.cumsum(counts) + counts, counts)


def find_among(
    nodes: NDArray[np.int64], wanted: NDArray[np.integer]
) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Where each stands among these ascending nodes, at least one, and whether it does."""
    at = np.minimum(np.searchsorted(nodes, wanted), len(nodes) - 1)
    return at, nodes[at] == wanted
