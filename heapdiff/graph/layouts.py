"""Layouts and facts of a file as flat arrays. `snapshot.tables` reads the same one by one."""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from heapdiff.format import LABEL_PAYLOAD, LABEL_SHIFT, MAX_ADDRESS, EdgeKind
from heapdiff.graph.heap import HAS_NAME, NO_NODE
from heapdiff.graph.narrow import distinct
from heapdiff.snapshot.tables import LAYOUT_KINDS

MAX_VARINT_BYTES: Final = 9  # of 63 bits: more than any id or count needs
KNOWN: Final = np.array([kind in LAYOUT_KINDS for kind in range(16)], np.bool_)


def decode_varints(payload: bytes) -> NDArray[np.int64]:
    """The numbers of a payload that has nothing but varints. Raises ValueError. O(bytes)."""
    data = np.frombuffer(payload, np.uint8)
    ends = np.flatnonzero(data < 0x80)
    if len(data) and (not len(ends) or ends[-1] != len(data) - 1):
        raise ValueError("a number reaches past the end of its section")
    starts = np.concatenate(([0], ends[:-1] + 1))[: len(ends)]
    lengths = ends - starts + 1
    if len(lengths) and lengths.max() > MAX_VARINT_BYTES:
        raise ValueError("a number is too large")
    numbers = np.zeros(len(ends), np.int64)
    for place in range(int(lengths.max(initial=0))):
        longer = np.flatnonzero(lengths > place)
        numbers[longer] |= (data[starts[longer] + place] & 0x7F).astype(np.int64) << (7 * place)
    return numbers


@dataclass(frozen=True, slots=True)
class Layouts:
    """Layout `i` has the kinds and names [first[i], first[i + 1]); layout 0 is empty."""

    first: NDArray[np.int64]
    kinds: NDArray[np.int64]
    names: NDArray[np.int64]

    @classmethod
    def decode(cls, payloads: Sequence[bytes], names: int) -> Layouts:
        """From the LAYO sections of a file with so many names. Raises ValueError."""
        lengths = array("q", [0])
        kept: list[NDArray[np.int64]] = [np.zeros(0, np.int64)]
        for payload in payloads:
            numbers = decode_varints(payload)
            counts, heads = _walk(numbers.tolist())
            lengths += counts
            kept.append(np.delete(numbers, heads))
        pairs = np.concatenate(kept).reshape(-1, 2)
        layouts = cls(np.concatenate(([0], np.cumsum(lengths))), pairs[:, 0], pairs[:, 1])
        layouts._check(names)
        return layouts

    def labels(self) -> NDArray[np.uint32]:
        named = np.where(HAS_NAME[self.kinds], self.names, 0)
        return (self.kinds << LABEL_SHIFT | named).astype(np.uint32)

    def variables(self, layout: int, names: Sequence[str]) -> tuple[tuple[EdgeKind, str], ...]:
        row = slice(int(self.first[layout]), int(self.first[layout + 1]))
        kinds, own = self.kinds[row].tolist(), self.names[row].tolist()
        return tuple((EdgeKind(kind), names[name]) for kind, name in zip(kinds, own, strict=True))

    def _check(self, names: int) -> None:
        if len(self.kinds) > LABEL_PAYLOAD:
            raise ValueError("too many labels in layouts")
        if len(self.kinds) and (self.kinds.max() >= len(KNOWN) or not KNOWN[self.kinds].all()):
            raise ValueError("a label of an unknown kind in a layout")
        if len(self.names) and self.names.max() >= names:
            raise ValueError("a name that is not in the table of names")


def _walk(numbers: list[int]) -> tuple[array[int], array[int]]:
    """The length of each layout, and where it stands."""
    counts, heads, at = array("q"), array("q"), 0
    while at < len(numbers):
        heads.append(at)
        counts.append(numbers[at])
        at += 1 + 2 * numbers[at]
    if at != len(numbers):
        raise ValueError("a layout reaches past the end of its section")
    return counts, heads


class Facts(Mapping[int, Mapping[str, int]]):
    """Node -> what a library calls a number in that object -> the number. 20 bytes for each."""

    def __init__(
        self,
        payloads: Sequence[bytes],
        names: Sequence[str],
        find: Callable[[NDArray[np.uint64]], NDArray[np.uint32]],
    ) -> None:
        """From the payloads of `FACT` sections; `find` gives the nodes of addresses. Raises ValueError."""
        rows = np.concatenate([np.zeros((0, 3), np.int64), *map(_decode_facts, payloads)])
        addresses, called, numbers = rows.T
        if len(rows) and (addresses.max() >= MAX_ADDRESS >> 3 or called.max() >= len(names)):
            raise ValueError("a fact at an address that no process has, or without its name")
        nodes = find((addresses << 3).astype(np.uint64))
        order = np.argsort(nodes, kind="stable")[: np.count_nonzero(nodes != NO_NODE)]
        self._nodes, self._called = nodes[order], called[order]
        self._numbers = (numbers >> 1 ^ -(numbers & 1))[order]
        self._names = names

    def __getitem__(self, node: int) -> dict[str, int]:
        row = slice(bisect_left(self._nodes, node), bisect_right(self._nodes, node))
        if row.start == row.stop:
            raise KeyError(node)
        called, numbers = self._called[row].tolist(), self._numbers[row].tolist()
        return {self._names[name]: number for name, number in zip(called, numbers, strict=True)}

    def __iter__(self) -> Iterator[int]:
        return iter(distinct(self._nodes).tolist())

    def __len__(self) -> int:
        return len(distinct(self._nodes))


def _decode_facts(payload: bytes) -> NDArray[np.int64]:
    numbers = decode_varints(payload)
    if len(numbers) % 3:
        raise ValueError("a fact reaches past the end of its section")
    return numbers.reshape(-1, 3)
