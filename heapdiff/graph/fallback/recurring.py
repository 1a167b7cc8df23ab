"""Objects that an earlier graph has, too, with sets."""

import numpy as np
from numpy.typing import NDArray

from heapdiff.format import LABEL_SHIFT, EdgeKind

IMMUTABLE, REPLACED = 1, 2


def match(addresses: NDArray[np.uint64], before: NDArray[np.uint64], matched: NDArray[np.int32]) -> None:
    """For each address the place of the same one in an earlier list, or -1. Both ascend. In C: one pass over both."""
    place = {address: at for at, address in enumerate(before.tolist())}
    matched[:] = [place.get(address, -1) for address in addresses.tolist()]


def prove(
    first: NDArray[np.int32],
    targets: NDArray[np.uint32],
    labels: NDArray[np.uint32],
    first_before: NDArray[np.int32],
    targets_before: NDArray[np.uint32],
    labels_before: NDArray[np.uint32],
    kinds: NDArray[np.uint8],
    starts: NDArray[np.uint32],
    matched: NDArray[np.int32],
) -> None:
    """Keep what is `matched` where a chain leads there from a start: strong references that joined the same two before.

    None leads to what another one replaced: of kind 2, or of kind 1 and referring to something else than before. In C: O(n + m).
    """
    now, then = (
        _strong_rows(first, targets, labels),
        _strong_rows(first_before, targets_before, labels_before),
    )
    old, kind = matched.tolist(), kinds.tolist()
    common: list[list[int]] = []
    barred = set()
    for node, row in enumerate(now):
        known = set(then[old[node]]) if old[node] >= 0 else set()
        common.append([target for target in row if old[target] in known])
        elsewhere = old[node] >= 0 and (len(common[node]) != len(row) or len(row) != len(then[old[node]]))
        if kind[node] == REPLACED or (kind[node] == IMMUTABLE and elsewhere):
            barred.add(node)
    proven: set[int] = set()
    stack = starts.tolist()
    while stack:
        node = stack.pop()
        if node not in proven:
            proven.add(node)
            stack += [target for target in common[node] if target not in barred]
    matched[[node for node in range(len(now)) if node not in proven]] = -1


def _strong_rows(
    first: NDArray[np.int32], targets: NDArray[np.uint32], labels: NDArray[np.uint32]
) -> list[list[int]]:
    strong = labels >> LABEL_SHIFT != EdgeKind.WEAK
    return [
        targets[start:end][strong[start:end]].tolist()
        for start, end in zip(first[:-1].tolist(), first[1:].tolist(), strict=True)
    ]
