"""A number for what a tuple or frozenset holds: the same for those that are equal, as far as a snapshot shows it."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from heapdiff.analysis.reach.cutout import spread
from heapdiff.format import LABEL_PAYLOAD
from heapdiff.graph.heap import HeapGraph

LEVELS: Final = 3  # of tuples in tuples; what lies deeper is told apart by its address
BLOCK: Final = 1 << 19  # objects that are looked at together
TEXT, PLACE, ORDER, CROWD = (np.uint64(number << 60) for number in (1, 2, 3, 4))
STEP: Final = np.uint64(0x9E3779B97F4A7C15)
SHIFT: Final = np.uint64(32)
Numbers = NDArray[np.uint64]
Flags = NDArray[np.bool_]


def number_contents(graph: HeapGraph, tuples: NDArray[np.int64], sets: NDArray[np.int64]) -> Numbers:
    """A number for each of these, 0 for all other objects of the graph, (n,).

    Two items are equal if they are one object, texts with the same hash, or tuples or frozensets with the same number.
    O(items), and 8 bytes per object of the graph.
    """
    contents = np.zeros(len(graph), np.uint64)
    is_numbered = np.zeros(len(graph), np.bool_)
    is_numbered[tuples] = is_numbered[sets] = True
    left = [(tuples, True), (sets, False)]
    for _ in range(LEVELS):
        found = [_number(graph, contents, is_numbered, nodes, ordered) for nodes, ordered in left]
        for (nodes, _), (numbers, _) in zip(left, found, strict=True):
            contents[nodes] = numbers
        left = [(nodes[nests], ordered) for (nodes, ordered), (_, nests) in zip(left, found, strict=True)]
    return contents


def _number(
    graph: HeapGraph, contents: Numbers, is_numbered: Flags, nodes: NDArray[np.int64], ordered: bool
) -> tuple[Numbers, Flags]:
    """The numbers of some, by those that their items have so far; and which have an item that may get another one."""
    numbers, nests = np.empty(len(nodes), np.uint64), np.zeros(len(nodes), np.bool_)
    for start in range(0, len(nodes), BLOCK):
        block = nodes[start : start + BLOCK]
        first, edges = items_of(graph, block)
        targets = graph.targets[edges]
        items = _identify(graph, contents, targets)
        if ordered:
            places = (graph.labels[edges] & np.uint32(LABEL_PAYLOAD)).astype(np.uint64)
            items = _mix(items + places * STEP)
            whole = ORDER | graph.sizes[block].astype(
                np.uint64
            )  # as many as there are places, also of absent items
        else:
            whole = np.full(len(block), CROWD)
        filled = first[:-1] < first[1:]
        if filled.any():
            rows = first[:-1][filled]
            whole[filled] += np.add.reduceat(items, rows)
            nests[start : start + BLOCK][filled] = np.logical_or.reduceat(is_numbered[targets], rows)
        numbers[start : start + BLOCK] = _mix(whole) | np.uint64(1)
    return numbers, nests


def items_of(graph: HeapGraph, nodes: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The positions of these objects' references, one object after the other, and where each one's begin, (nodes + 1,)."""
    counts = graph.first_edge[nodes + 1] - graph.first_edge[nodes]
    first = np.concatenate([np.zeros(1, np.int64), np.cumsum(counts)])
    return first, spread(graph.first_edge, nodes)[1]


def _identify(graph: HeapGraph, contents: Numbers, targets: NDArray[np.uint32]) -> Numbers:
    items = PLACE | targets.astype(np.uint64)
    if graph.hashes is not None:
        hashes = graph.hashes[targets].astype(np.uint64)
        kinds = graph.type_ids[targets].astype(np.uint64) << SHIFT
        items = np.where(hashes != 0, TEXT | kinds | hashes, items)
    inner = contents[targets]
    return np.where(inner != 0, inner, _mix(items))


def _mix(numbers: Numbers) -> Numbers:
    """Spreads each over all bits (splitmix64), so that sums tell which were in them."""
    numbers = (numbers ^ (numbers >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    numbers = (numbers ^ (numbers >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    mixed: Numbers = numbers ^ (numbers >> np.uint64(31))
    return mixed
