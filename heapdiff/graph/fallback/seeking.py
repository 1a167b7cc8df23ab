"""References with something in common, with masks over all of them."""

import numpy as np
from numpy.typing import NDArray

from heapdiff.format import LABEL_PAYLOAD, LABEL_SHIFT, NAMED_KINDS, EdgeKind
from heapdiff.graph.fallback.paths import FARTHEST


def seek(
    first: NDArray[np.int32],  # noqa: ARG001
    targets: NDArray[np.uint32],
    labels: NDArray[np.uint32],
    marks: NDArray[np.uint8],
) -> bytes:
    """The strong references, as bytes of 32-bit numbers, ascending, that lead to nodes with a mark. In C: one pass."""
    found = np.flatnonzero((marks[targets] != 0) & (labels >> LABEL_SHIFT != EdgeKind.WEAK))
    return found.astype(np.uint32).tobytes()


def ties(
    first: NDArray[np.int32],
    targets: NDArray[np.uint32],
    labels: NDArray[np.uint32],
    costs: NDArray[np.uint8],
    distance: NDArray[np.int32],
    edge: NDArray[np.int32],
    most: int,
) -> bytes:
    """The references, as bytes of 32-bit numbers, ascending, that are as good a last step to their target as its `edge`.

    Only of targets to which at most `most` strong references lead. In C: 2 bytes per node.
    """
    nodes = len(first) - 1
    strong = labels >> LABEL_SHIFT != EdgeKind.WEAK
    counts = np.bincount(targets[strong], minlength=nodes)
    owners = np.repeat(np.arange(nodes), np.diff(first))
    through, there = distance[owners].astype(np.int64) + costs, distance[targets]
    tied = strong & (distance[owners] < FARTHEST) & (there < FARTHEST) & (through == there)
    chosen = tied & (edge[targets] != np.arange(len(targets))) & (counts[targets] <= most)
    return np.flatnonzero(chosen).astype(np.uint32).tobytes()


def below(labels: NDArray[np.uint32], limits: NDArray[np.uint32]) -> bool:
    """Whether each label is below the limit of its kind."""
    return bool((labels < limits[labels >> LABEL_SHIFT]).all())


def price(
    first: NDArray[np.int32],  # noqa: ARG001
    targets: NDArray[np.uint32],
    labels: NDArray[np.uint32],
    by_kind: NDArray[np.uint8],
    by_name: NDArray[np.uint8],
    extra: NDArray[np.uint8],
    most: int,
    costs: NDArray[np.uint8],
) -> None:
    """What each reference costs: by its kind, or its name where that has a cost, and what its target adds; at most `most`."""
    kinds = labels >> LABEL_SHIFT
    named = np.isin(kinds, [int(kind) for kind in NAMED_KINDS])
    name = np.where(named, labels & LABEL_PAYLOAD, len(by_name))
    special = np.append(by_name, np.uint8(0))[np.minimum(name, len(by_name))]
    costs[:] = np.minimum(
        np.where(special > 0, special, by_kind[kinds]).astype(np.int64) + extra[targets], most
    )
