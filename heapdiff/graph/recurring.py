"""References of a graph that an earlier one has, too."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from heapdiff.graph.heap import HeapGraph
from heapdiff.graph.kernels import kernels

ELSEWHERE: Final = 2


def mark_recurring(before: HeapGraph, after: HeapGraph, matched: NDArray[np.int64]) -> NDArray[np.uint8]:
    """What became of each reference of `after`, (m,); `matched` has the earlier object of each, or -1.

    1: the same objects were joined in the same place; ELSEWHERE: both were there, and not joined in that place; 0: new, or
    weak. O(m).
    """
    marks = np.empty(len(after.targets), np.uint8)
    kernels.recurring(
        after.first_edge,
        after.targets,
        after.labels,
        before.first_edge,
        before.targets,
        before.labels,
        matched,
        marks,
    )
    return marks
