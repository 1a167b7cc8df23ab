"""What objects of a graph hold, read from its file when it is asked for: made into text one at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from heapdiff.format import DOUBLE, MAX_ADDRESS, VALUE_BYTES_MOST, VALUE_COUNT, ValueKind
from heapdiff.graph.heap import NO_NODE
from heapdiff.snapshot.values import value_text

__all__ = ["HeldValues"]

ROW: Final = np.dtype(
    [("address", "<u8"), ("length", "<u4"), ("bytes", "<u2"), ("kind", "u1"), ("zero", "u1")]
)


class HeldValues(Mapping[int, str]):
    """Node -> its value as Python writes it. 28 bytes and the value's own for each."""

    def __init__(
        self, payloads: Sequence[bytes], find: Callable[[NDArray[np.uint64]], NDArray[np.uint32]]
    ) -> None:
        """From the payloads of `VALS` sections; `find` gives the nodes of addresses. Raises ValueError."""
        parts = [_split(payload) for payload in payloads]
        rows = np.concatenate([np.zeros(0, ROW), *(rows for rows, _ in parts)])
        ends = np.cumsum(rows["bytes"], dtype=np.int64)
        nodes = find(np.ascontiguousarray(rows["address"]))
        order = np.argsort(nodes, kind="stable")[: np.count_nonzero(nodes != NO_NODE)]
        self._nodes, self._rows, self._ends = nodes[order], rows[order], ends[order]
        self._texts = b"".join(texts for _, texts in parts)

    def __getitem__(self, node: int) -> str:
        at = int(np.searchsorted(self._nodes, node))
        if at == len(self._nodes) or int(self._nodes[at]) != node:
            raise KeyError(node)
        row, end = self._rows[at], int(self._ends[at])
        size = int(row["bytes"])
        return value_text(int(row["kind"]), int(row["length"]), self._texts[end - size : end])

    def __iter__(self) -> Iterator[int]:
        return (int(node) for node in self._nodes)

    def __len__(self) -> int:
        return len(self._nodes)


def _split(payload: bytes) -> tuple[NDArray[np.void], bytes]:
    """The rows of a section, and their texts one after the other. Raises ValueError."""
    if len(payload) < VALUE_COUNT.size:
        raise ValueError("a section of values without a count")
    count = VALUE_COUNT.unpack_from(payload)[0]
    texts = VALUE_COUNT.size + count * ROW.itemsize
    if texts > len(payload):
        raise ValueError("the rows of values reach past the end of their section")
    rows = np.frombuffer(payload, ROW, count, VALUE_COUNT.size)
    if (rows["address"] % 8 != 0).any() or (rows["address"] >= MAX_ADDRESS).any():
        raise ValueError("a value at an address that no object has")
    known = np.isin(rows["kind"], [int(kind) for kind in ValueKind])
    if not known.all() or (rows["bytes"] > VALUE_BYTES_MOST).any():
        raise ValueError("a value of unknown kind or too many bytes")
    if (rows["bytes"][rows["kind"] == ValueKind.FLOAT] != DOUBLE.size).any():
        raise ValueError("a number of other than 8 bytes")
    if int(rows["bytes"].sum(dtype=np.int64)) != len(payload) - texts:
        raise ValueError("the texts of values do not fill their section")
    return rows, payload[texts:]
