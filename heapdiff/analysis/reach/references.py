"""References in whole arrays: which have a name, and whose they are."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from heapdiff.format import LABEL_SHIFT, EdgeKind
from heapdiff.graph.heap import HeapGraph


def attribute_labels(graph: HeapGraph, *wanted: str) -> NDArray[np.uint32]:
    """The labels of attributes with these names; a name may have several numbers in one file."""
    numbers = [number for number, name in enumerate(graph.names) if name in wanted]
    return np.array(numbers, np.uint32) | np.uint32(EdgeKind.ATTRIBUTE << LABEL_SHIFT)


def has_label(graph: HeapGraph, *wanted: str) -> NDArray[np.bool_]:
    """Which references are attributes with these names, (m,)."""
    return np.isin(graph.labels, attribute_labels(graph, *wanted))


def owner_of(graph: HeapGraph, positions: NDArray[np.int64]) -> NDArray[np.int64]:
    """The nodes whose references stand at these positions."""
    owners: NDArray[np.int64] = np.searchsorted(graph.first_edge, positions, side="right") - 1
    return owners
