"""The heap graph and what can be computed on any such graph. Knows nothing of leaks."""

from heapdiff.graph.dominators import compute_dominators, compute_retained
from heapdiff.graph.heap import HeapGraph
from heapdiff.graph.loading import load
from heapdiff.graph.paths import Paths, compute_reachable, shortest_paths

__all__ = [
    "HeapGraph",
    "Paths",
    "compute_dominators",
    "compute_reachable",
    "compute_retained",
    "load",
    "shortest_paths",
]
