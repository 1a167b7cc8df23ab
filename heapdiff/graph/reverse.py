"""Who refers to an object: references turned round."""

from __future__ import annotations

import numpy as np

from heapdiff.graph.heap import HeapGraph, Referrers
from heapdiff.graph.kernels import kernels

__all__ = ["compute_referrers"]


def compute_referrers(graph: HeapGraph) -> Referrers:
    """References turned round, without weak ones, rows in order of edges. O(n + m), 8 bytes per reference.

    `graph.referrers` keeps the result; ask for that.
    """
    nodes, references = len(graph), len(graph.targets)
    first = np.empty(nodes + 2, np.int64)
    sources, edges = np.empty(references, np.uint32), np.empty(references, np.uint32)
    count = kernels.referrers(graph.first_edge, graph.targets, graph.labels, first, sources, edges)
    return Referrers(first[: nodes + 1], sources[:count], edges[:count])
