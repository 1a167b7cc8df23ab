"""Dominators: what would be freed with an object. Sizes are shallow ones summed up; nothing is named here."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from heapdiff.graph.heap import HeapGraph
from heapdiff.graph.kernels import kernels
from heapdiff.graph.narrow import Narrow


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
        np.union1d(named, np.asarray(extra_roots, np.uint32)),
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
