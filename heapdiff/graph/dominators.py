"""Dominators: what would be freed with an object. Sizes are shallow ones summed up; nothing is named here."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from heapdiff.graph.heap import HeapGraph
from heapdiff.graph.kernels import kernels
from heapdiff.graph.narrow import Narrow, distinct


def compute_dominators(graph: HeapGraph, extra_roots: ArrayLike = ()) -> NDArray[np.uint32]:
    """Nearest object on every path from the roots to each object, (n,).

    It is `len(graph)` where only the virtual root over all roots qualifies, `len(graph) + 1` for what no root
    reaches. Roots are the graph's and `extra_roots`; weak references do not count. O(m log n), 16 bytes per
    object that refers to others meanwhile, and 4 for each reference to one of them beyond its first.
    """
    named = np.fromiter((root.node for root in graph.roots), np.uint32, len(graph.roots))
    idom = np.empty(len(graph), np.uint32)
    kernels.dominators(
        graph.first_edge,
        graph.targets,
        graph.labels,
        distinct(np.concatenate([named, np.asarray(extra_roots, np.uint32)])),
        idom,
    )
    return idom


def compute_retained(graph: HeapGraph, idom: NDArray[np.uint32]) -> Narrow:
    """Bytes that would go with each object: its own and those of all that it dominates, (n,).

    0 for what no root reaches. Sums stop at 2**63 - 1. O(n), 4 bytes per object, and 12 meanwhile for each
    that dominates another.
    """
    sizes = graph.sizes
    retained = sizes.short.astype(np.uint32)
    places, wide = kernels.retained(idom, retained, sizes.places, sizes.wide)
    return Narrow(retained, np.frombuffer(places, np.uint32), np.frombuffer(wide, np.int64))


def find_outermost(idom: NDArray[np.uint32], kinds: NDArray[np.uint32]) -> NDArray[np.bool_]:
    """Objects of which no dominator is of the same kind, (n,); never what no root reaches.

    What they retain adds up, by kind, without counting anything twice. O(n), 8 bytes per object meanwhile.
    """
    marks = np.empty(len(idom), np.uint8)
    kernels.outermost(idom, np.ascontiguousarray(kinds, np.uint32), marks)
    return marks.view(np.bool_)


@dataclass(frozen=True, slots=True)
class Alike:
    """Objects of one type that are referred to in the same way."""

    members: NDArray[np.uint32]
    retained: int  # bytes
    own: int  # bytes
    heaviest: int  # the member that retains most


@dataclass(frozen=True, slots=True)
class DominatorTree:
    """The tree from the top down, and how each object is reached. Steps cost what they find."""

    graph: HeapGraph
    idom: NDArray[np.uint32]  # (n,)
    retained: Narrow  # (n,)
    first: NDArray[np.int32]  # (n + 1,) node `n` dominates `nodes[first[n]:first[n + 1]]` directly
    nodes: NDArray[np.uint32]
    parent: NDArray[np.int32]  # (n,) -1 at a start
    via: NDArray[np.int32]  # (n,) the reference of `parent`
    is_space: NDArray[np.bool_]  # (n,) what a namespace keeps, whoever has it keeps

    def below(self, members: NDArray[np.uint32]) -> NDArray[np.uint32]:
        """What these dominate directly; in place of a namespace what that does, to a depth of two."""
        return np.frombuffer(kernels.dominated(self.first, self.nodes, self.is_space, members), np.uint32)

    def group(self, nodes: NDArray[np.uint32], nested: bool, most: int) -> list[Alike]:
        """Alike ones together, the `most` heaviest groups. 8 bytes for each of the nodes meanwhile.

        `nested` ones are of one row: what neither its dominator nor a namespace refers to is like others of that kind.
        """
        grouped, graph = np.empty(len(nodes), np.uint32), self.graph
        found = kernels.alike(
            graph.type_ids,
            self.parent,
            self.via,
            graph.labels,
            self.idom,
            self.is_space,
            *_apart(self.retained),
            *_apart(graph.sizes),
            np.ascontiguousarray(nodes, np.uint32),
            grouped,
            nested,
        )
        types, looks, counts, retained, own, heaviest, _ = np.frombuffer(found, np.int64).reshape(-1, 7).T
        ends = np.cumsum(counts)
        return [
            Alike(
                grouped[ends[at] - counts[at] : ends[at]], int(retained[at]), int(own[at]), int(heaviest[at])
            )
            for at in np.lexsort((looks, types, -retained))[:most].tolist()
        ]


def _apart(column: Narrow) -> tuple[NDArray[np.unsignedinteger], NDArray[np.uint32], NDArray[np.int64]]:
    return column.short, column.places, column.wide
