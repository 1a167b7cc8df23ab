"""Dominators by iteration to a fixed point: not the C kernel's algorithm, so that one can check the other."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from heapdiff.format import LABEL_SHIFT, EdgeKind

MARK = np.iinfo(np.uint32).max
MAX_BYTES = np.iinfo(np.int64).max


def dominators(
    first: NDArray[np.int32],
    targets: NDArray[np.uint32],
    labels: NDArray[np.uint32],
    roots: NDArray[np.uint32],
    out_idom: NDArray[np.uint32],
) -> None:
    """Immediate dominators; n: the virtual root, n + 1: unreached. In C: O(m log n), 16 bytes per node
    that refers to others, and 4 for each reference to one of them beyond its first.

    Cooper, Harvey and Kennedy, "A simple, fast dominance algorithm", 2001. Quadratic at worst.
    """
    nodes = len(first) - 1
    row, target_of, strong = (
        first.tolist(),
        targets.tolist(),
        (labels >> LABEL_SHIFT != EdgeKind.WEAK).tolist(),
    )
    order = _postorder(row, target_of, strong, roots)
    number = [-1] * nodes
    for at, node in enumerate(order):
        number[node] = at
    top = len(order)  # the virtual root comes last in postorder
    idom = [-1] * top + [top]
    is_root = set(roots.tolist())
    before: list[list[int]] = [[] for _ in order]
    for at, node in enumerate(order):
        for edge in range(row[node], row[node + 1]):
            if strong[edge]:
                before[number[target_of[edge]]].append(at)
    changed = True
    while changed:
        changed = False
        for at in range(top - 1, -1, -1):
            best = top if order[at] in is_root else -1
            for other in before[at]:
                if idom[other] >= 0:
                    best = other if best < 0 else _meet(idom, best, other)
            changed |= best != idom[at]
            idom[at] = best
    out_idom[:] = nodes + 1
    for at, node in enumerate(order):
        out_idom[node] = nodes if idom[at] == top else order[idom[at]]


def _meet(idom: list[int], left: int, right: int) -> int:
    while left != right:
        if left < right:
            left = idom[left]
        else:
            right = idom[right]
    return left


def _postorder(
    first: Sequence[int], targets: Sequence[int], strong: Sequence[bool], roots: NDArray[np.uint32]
) -> list[int]:
    order: list[int] = []
    cursor: dict[int, int] = {}
    for root in roots.tolist():
        stack = [] if root in cursor else [root]
        cursor.setdefault(root, first[root])
        while stack:
            node = stack[-1]
            at = cursor[node]
            if at == first[node + 1]:
                order.append(stack.pop())
                continue
            cursor[node] = at + 1
            if strong[at] and targets[at] not in cursor:
                cursor[targets[at]] = first[targets[at]]
                stack.append(targets[at])
    return order


def retained(
    idom: NDArray[np.uint32], sizes: NDArray[np.uint32], places: NDArray[np.uint32], large: NDArray[np.int64]
) -> tuple[bytes, bytes]:
    """Add to each node's size those of what it dominates; 0 where unreached. Leaves first, each handing its size up.

    At some places sizes are too wide for their column, and stand in `large`. Returns the places, ascending, and the numbers,
    in 32 and 64 bits, of the sums that are: the column has 2**32 - 1 there. In C: 12 bytes for each node that dominates another.
    """
    nodes = len(idom)
    over = idom.tolist()
    own = sizes.astype(np.int64)
    own[places] = large
    total = [size if dominator <= nodes else 0 for size, dominator in zip(own.tolist(), over, strict=True)]
    waiting = np.bincount(idom[idom < nodes], minlength=nodes).tolist()
    ready = [node for node in range(nodes) if not waiting[node]]
    while ready:
        node = ready.pop()
        dominator = over[node]
        if dominator < nodes:
            total[dominator] = min(total[dominator] + total[node], MAX_BYTES)
            waiting[dominator] -= 1
            if not waiting[dominator]:
                ready.append(dominator)
    sums = np.array(total, np.int64)
    wide = np.flatnonzero((sums < 0) | (sums >= MARK))
    sizes[:] = np.where((sums < 0) | (sums >= MARK), MARK, sums)
    return wide.astype(np.uint32).tobytes(), sums[wide].tobytes()


def outermost(idom: NDArray[np.uint32], kinds: NDArray[np.uint32], marks: NDArray[np.uint8]) -> None:
    """Mark with 1 what no dominator of the same kind is over; 0 the others, and what is unreached. O(n * depth) here."""
    nodes = len(idom)
    over, kind = idom.tolist(), kinds.tolist()
    for node in range(nodes):
        at = over[node]
        while at < nodes and kind[at] != kind[node]:
            at = over[at]
        marks[node] = at == nodes
