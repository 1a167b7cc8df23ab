"""The number by which Chrome and memlab take an object for the same in two snapshots.

It comes from the address, the type and, of what can't change, the size, so each file is written on its own. What was freed, and
made again at the same place and of the same type, has the same number.
"""

from __future__ import annotations

from hashlib import blake2b
from typing import Final

import numpy as np
from numpy.typing import NDArray

from heapdiff.analysis.growth.survivors import find_immutable
from heapdiff.export.chrome.layout import RESERVED_IDS
from heapdiff.graph.heap import HeapGraph, HeapType
from heapdiff.graph.narrow import distinct

BLOCK: Final = 1 << 18  # objects at a time
ROUNDS: Final = 4
BITS: Final = 31  # V8's objects have odd numbers, in 32 bits
SPREAD: Final = (np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB))  # of splitmix64


def number_objects(graph: HeapGraph) -> NDArray[np.uint32]:
    """Odd and different, (n,). O(n log n), 8 bytes per object.

    Of two objects that would share a number the second by address gets another: 1 in 4,000 of a million, 1 in 300 of 14 million.
    Where the other snapshot has only one of the two, it may seem to be another object there.
    """
    numbers = np.empty(len(graph), np.uint32)
    immutable = find_immutable(graph)
    kinds = np.array([*map(_fingerprint, graph.types), 0], np.uint64)
    for start in range(0, len(graph), BLOCK):
        numbers[start : start + BLOCK] = _draw(graph, kinds, immutable, np.s_[start : start + BLOCK], 0)
    left = _find_later(numbers)
    for attempt in range(1, ROUNDS):
        if not len(left):
            break
        taken = np.sort(np.delete(numbers, left))
        drawn = numbers[left] = _draw(graph, kinds, immutable, left, attempt)
        again = _among(taken, drawn)
        again[_find_later(drawn)] = True
        left = left[again]
    _take_what_is_free(numbers, left)
    numbers <<= np.uint32(1)
    numbers |= np.uint32(1)
    return numbers


def _fingerprint(kind: HeapType) -> int:
    text = f"{kind.address:x} {kind.name}".encode("utf-8", "backslashreplace")
    return int.from_bytes(blake2b(text, digest_size=8).digest(), "little")


def _draw(
    graph: HeapGraph,
    kinds: NDArray[np.uint64],
    immutable: NDArray[np.bool_],
    nodes: slice | NDArray[np.int64],
    attempt: int,
) -> NDArray[np.uint32]:
    """A number for each of these objects, at random but for what it comes from."""
    sizes = np.where(immutable[nodes], graph.sizes[nodes], 0).astype(np.uint64)
    found = _scatter(graph.addresses[nodes] ^ np.uint64(attempt << 60))
    found = _scatter(found ^ kinds[graph.type_ids[nodes]] ^ sizes << np.uint64(1))
    drawn = (found >> np.uint64(64 - BITS)).astype(np.uint32)
    drawn[drawn < RESERVED_IDS] += np.uint32(RESERVED_IDS)
    return drawn


def _scatter(numbers: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """The last steps of splitmix64: each bit decides about all."""
    numbers = (numbers ^ numbers >> np.uint64(30)) * SPREAD[0]
    numbers = (numbers ^ numbers >> np.uint64(27)) * SPREAD[1]
    return numbers ^ numbers >> np.uint64(31)


def _find_later(numbers: NDArray[np.uint32]) -> NDArray[np.int64]:
    """Where a number stands that stood before."""
    ordered = np.sort(numbers)
    doubled = distinct(ordered[1:][ordered[1:] == ordered[:-1]])
    del ordered
    if not len(doubled):
        return np.zeros(0, np.int64)
    blocks = range(0, len(numbers), BLOCK)
    at = np.concatenate(
        [start + np.flatnonzero(_among(doubled, numbers[start : start + BLOCK])) for start in blocks]
    )
    first = np.unique(numbers[at], return_index=True)[1]
    return np.delete(at, first)


def _among(ordered: NDArray[np.uint32], numbers: NDArray[np.uint32]) -> NDArray[np.bool_]:
    if not len(ordered):
        return np.zeros(len(numbers), np.bool_)
    at = np.minimum(np.searchsorted(ordered, numbers), len(ordered) - 1)
    return np.asarray(ordered[at] == numbers)


def _take_what_is_free(numbers: NDArray[np.uint32], left: NDArray[np.int64]) -> None:
    """Only a forged file gets here: the lowest ones that nobody has."""
    if len(left):
        taken = np.delete(numbers, left)
        least = np.arange(RESERVED_IDS, RESERVED_IDS + len(numbers), dtype=np.uint32)
        numbers[left] = np.setdiff1d(least, taken)[: len(left)]
