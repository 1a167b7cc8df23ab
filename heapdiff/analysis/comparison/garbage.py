"""What no root reaches: it waits for the collector, and is no leak."""

from __future__ import annotations

from typing import Final

import numpy as np

from heapdiff.analysis.reach.routes import Routes
from heapdiff.answers import Garbage
from heapdiff.model import TypeCount

GARBAGE_TYPES: Final = 10


def compute_garbage(routes: Routes) -> Garbage:
    """What no root reaches; pseudo nodes are no objects and always rooted."""
    graph = routes.graph
    lost = np.flatnonzero(~routes.reached)
    sums: dict[str, tuple[int, int]] = {}
    numbers, place = np.unique(graph.type_ids[lost], return_inverse=True)
    counts, weights = np.bincount(place), np.bincount(place, graph.sizes[lost])
    for number, more, weight in zip(numbers.tolist(), counts.tolist(), weights.tolist(), strict=True):
        count, size = sums.get(graph.types[number].name, (0, 0))
        sums[graph.types[number].name] = (count + more, size + int(weight))
    types = sorted(
        (TypeCount(name, count, size) for name, (count, size) in sums.items()),
        key=lambda entry: (-entry.bytes, entry.type),
    )
    return Garbage(len(lost), int(graph.sizes[lost].sum()), tuple(types[:GARBAGE_TYPES]))
