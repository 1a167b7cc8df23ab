"""References turned round with one stable sort."""

import numpy as np
from numpy.typing import NDArray

from heapdiff.format import LABEL_SHIFT, EdgeKind


def referrers(
    first: NDArray[np.int32],
    targets: NDArray[np.uint32],
    labels: NDArray[np.uint32],
    out_first: NDArray[np.int32],
    out_sources: NDArray[np.uint32],
    out_edges: NDArray[np.uint32],
) -> int:
    """Turn strong references round; `out_first` has n + 2 items, of which n + 1 count. Returns how many. O(m log m)."""
    nodes = len(first) - 1
    strong = np.flatnonzero(labels >> LABEL_SHIFT != EdgeKind.WEAK)
    order = strong[np.argsort(targets[strong], kind="stable")]
    out_first[0] = 0
    np.cumsum(np.bincount(targets[strong], minlength=nodes), out=out_first[1 : nodes + 1])
    owners = np.repeat(np.arange(nodes, dtype=np.uint32), np.diff(first))
    out_sources[: len(order)] = owners[order]
    out_edges[: len(order)] = order
    return len(order)
