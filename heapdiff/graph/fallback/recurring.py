"""References that an earlier graph has in the same place, in blocks of NumPy's."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from heapdiff.format import LABEL_SHIFT, EdgeKind

BLOCK = 1 << 21  # references at a time
IN_PLACE, ELSEWHERE = 1, 2


def recurring(
    first: NDArray[np.int64],
    targets: NDArray[np.uint32],
    labels: NDArray[np.uint32],
    first_before: NDArray[np.int64],
    targets_before: NDArray[np.uint32],
    labels_before: NDArray[np.uint32],
    matched: NDArray[np.int64],
    marks: NDArray[np.uint8],
) -> None:
    """Mark strong references between matched objects: 1 where the same ones were joined in the same place before, else
    2; 0 the others. `matched` has the earlier node of each, or -1. O(m).
    """
    owners = np.repeat(np.arange(len(first) - 1), np.diff(first))
    marks[:] = 0
    for start in range(0, len(targets), BLOCK):
        some = slice(start, start + BLOCK)
        owner, target = matched[owners[some]], matched[targets[some]]
        strong = labels[some] >> LABEL_SHIFT != EdgeKind.WEAK
        chosen = np.flatnonzero(strong & (owner >= 0) & (target >= 0))
        place = start + chosen - first[owners[some][chosen]]
        at = first_before[owner[chosen]] + place
        known = at < first_before[owner[chosen] + 1]
        same = np.zeros(len(chosen), np.bool_)
        strong_before = labels_before[at[known]] >> LABEL_SHIFT != EdgeKind.WEAK
        same[known] = strong_before & (targets_before[at[known]] == target[chosen][known])
        marks[start + chosen] = np.where(same, IN_PLACE, ELSEWHERE)
