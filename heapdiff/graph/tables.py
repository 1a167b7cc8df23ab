"""The tables of one file, gathered section by section. Ids are checked once all of them are there."""

from bisect import bisect_left
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from heapdiff.fields import Fields
from heapdiff.format import (
    DOUBLE,
    LABEL_PAYLOAD,
    MAX_ADDRESS,
    VALUE_BYTES_MOST,
    VALUE_COUNT,
    Section,
    ValueKind,
)
from heapdiff.graph.heap import NO_NODE, Declaration, HeapType, Owner
from heapdiff.graph.layouts import Layouts
from heapdiff.model import Address
from heapdiff.snapshot.tables import (
    ModuleEntry,
    RootEntry,
    TailEntry,
    TypeEntry,
    decode_bounds,
    decode_json,
    decode_modules,
    decode_names,
    decode_roots,
    decode_tail,
    decode_types,
    display_type,
    value_text,
)

SINGLETONS: Final = ("none", "true", "false")
ROW: Final = np.dtype(
    [("address", "<u8"), ("length", "<u4"), ("bytes", "<u2"), ("kind", "u1"), ("zero", "u1")]
)


@dataclass(slots=True)
class HeapTables:
    """Everything in a file but its object records."""

    info: Fields = field(default_factory=lambda: Fields({}))
    names: list[str] = field(default_factory=lambda: [""])
    types: list[TypeEntry] = field(default_factory=list)
    layout_payloads: list[bytes] = field(default_factory=list)
    roots: list[RootEntry] = field(default_factory=list)
    bounds: dict[int, int] = field(default_factory=dict)
    modules: list[ModuleEntry] = field(default_factory=list)
    value_payloads: list[bytes] = field(default_factory=list)
    tail: TailEntry | None = None

    def add(self, tag: bytes, payload: bytes) -> None:
        """Take one section in; those of no table are left alone. Raises ValueError."""
        if tag == Section.INFO:
            self.info = decode_json(tag, payload)
        elif tag == Section.NAME:
            self.names.extend(decode_names(payload))
        elif tag == Section.TYPE:
            self.types.extend(decode_types(payload))
        elif tag == Section.LAYOUT:
            self.layout_payloads.append(payload)
        elif tag == Section.ROOT:
            self.roots.extend(decode_roots(payload))
        elif tag == Section.BOUNDS:
            self.bounds.update(decode_bounds(payload))
        elif tag == Section.MODULES:
            self.modules.extend(decode_modules(payload))
        elif tag == Section.VALUES:
            self.value_payloads.append(payload)
        elif tag == Section.TAIL:
            self.tail = decode_tail(payload)

    def check(self, objects: int) -> None:
        """Compare the ids with the tables, and the totals with what was read."""
        if len(self.names) > LABEL_PAYLOAD:
            raise ValueError("too many names")
        named = [root.name for root in self.roots] + [module.name for module in self.modules]
        if max(named, default=0) >= len(self.names):
            raise ValueError("a name that is not in the table of names")
        if self.tail is None or self.tail.records != objects or self.tail.roots != len(self.roots):
            raise ValueError("its end section gives a different number of records or roots")

    def heap_types(self) -> list[HeapType]:
        return [
            HeapType(display_type(entry.module, entry.qualname), Address(entry.address), entry.flags)
            for entry in self.types
        ]

    def singletons(self) -> dict[str, int]:
        """The addresses of `None`, `True` and `False`, where the file says them. Raises ValueError."""
        told = self.info.optional_object("singletons") or Fields({})
        return {name: told.integer(name) for name in SINGLETONS if name in told}

    def owners(self) -> dict[str, Owner]:
        return {self.names[entry.name]: Owner(entry.owner, entry.distribution) for entry in self.modules}

    def layouts(self) -> Layouts:
        return Layouts.decode(self.layout_payloads, len(self.names))

    def declarations(self, declared: NDArray[np.uint32], layouts: Layouts) -> Mapping[int, Declaration]:
        """From rows of code object, layout, positional and keyword-only arguments."""
        rows = {
            node: (layout, positional, keyword) for node, layout, positional, keyword in declared.tolist()
        }
        return _Declarations(rows, layouts, self.names)


class _Declarations(Mapping[int, Declaration]):
    """Makes a code object's declaration when it is asked for: few are, of tens of thousands."""

    def __init__(self, rows: dict[int, tuple[int, int, int]], layouts: Layouts, names: Sequence[str]) -> None:
        self._rows, self._layouts, self._names = rows, layouts, names

    def __getitem__(self, node: int) -> Declaration:
        layout, positional, keyword_only = self._rows[node]
        return Declaration(self._layouts.variables(layout, self._names), positional, keyword_only)

    def __iter__(self) -> Iterator[int]:
        return iter(self._rows)

    def __len__(self) -> int:
        return len(self._rows)


class NodeNames(Mapping[int, int]):
    """Node -> the number of its name, where it has one. 8 bytes for each: a forged file may name every object."""

    def __init__(self, named: NDArray[np.uint32]) -> None:
        """From rows of node and name, in the order of the file: of two for one node the later counts."""
        rows = named[np.argsort(named[:, 0], kind="stable")]
        last = np.append(rows[1:, 0] != rows[:-1, 0], True)[: len(rows)]
        rows = rows[last & (rows[:, 1] != 0)]
        self._nodes, self._names = (np.ascontiguousarray(rows[:, at]).data for at in (0, 1))

    def __getitem__(self, node: int) -> int:
        at = bisect_left(self._nodes, node)
        if at == len(self._nodes) or self._nodes[at] != node:
            raise KeyError(node)
        return self._names[at]

    def get(self, node: int, default: Any = None) -> Any:
        """Without an exception for each of the many that have none."""
        at = bisect_left(self._nodes, node)
        return self._names[at] if at < len(self._nodes) and self._nodes[at] == node else default

    def __iter__(self) -> Iterator[int]:
        return iter(self._nodes)

    def __len__(self) -> int:
        return len(self._nodes)


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
        raise ValueError("a value at an address without an object")
    known = np.isin(rows["kind"], [int(kind) for kind in ValueKind])
    if not known.all() or (rows["bytes"] > VALUE_BYTES_MOST).any():
        raise ValueError("a value of unknown kind or too many bytes")
    if (rows["bytes"][rows["kind"] == ValueKind.FLOAT] != DOUBLE.size).any():
        raise ValueError("a number that isn't 8 bytes long")
    if int(rows["bytes"].sum(dtype=np.int64)) != len(payload) - texts:
        raise ValueError("the texts of values do not fill their section")
    return rows, payload[texts:]
