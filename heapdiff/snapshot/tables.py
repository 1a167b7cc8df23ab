"""The tables of a `.heap` file: names, types, layouts, roots, totals. One bounds-checked decoder each."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any, Final, NamedTuple

from heapdiff.format import MAX_ADDRESS, MAX_SIZE, TAIL, Cursor, EdgeKind, RootKind, TypeFlag

__all__ = [
    "TailEntry",
    "TypeEntry",
    "decode_bounds",
    "decode_json",
    "decode_layouts",
    "decode_names",
    "decode_roots",
    "decode_tail",
    "decode_types",
    "display_type",
]

NEEDS_NEIGHBOUR: Final = (EdgeKind.ELEMENT, EdgeKind.KEY, EdgeKind.VALUE, EdgeKind.INT_VALUE)
LAYOUT_KINDS: Final[Mapping[int, EdgeKind]] = {kind: kind for kind in EdgeKind if kind not in NEEDS_NEIGHBOUR}


class TypeEntry(NamedTuple):
    """One entry of the table of types."""

    address: int
    flags: TypeFlag
    base_size: int
    module: str
    qualname: str


class RootEntry(NamedTuple):
    """One entry of the roots; `name` is a number of the table of names."""

    kind: RootKind
    name: int
    address: int


class TailEntry(NamedTuple):
    """The totals of the end section."""

    objects: int
    references: int
    bytes: int
    records: int
    roots: int
    faults: int


def display_type(module: str, qualname: str) -> str:
    """The shown name of a type."""
    return qualname if module in ("", "builtins") else f"{module}.{qualname}"


def decode_json(payload: bytes) -> dict[str, Any]:
    """The object in an INFO or MEMO section."""
    try:
        content = json.loads(payload)
    except RecursionError:
        raise ValueError("its INFO or MEMO section nests too deeply") from None
    if not isinstance(content, dict):
        raise ValueError("its INFO or MEMO section is not an object")
    return content


def decode_names(payload: bytes) -> Iterator[str]:
    cursor = Cursor(payload)
    while cursor:
        yield cursor.text()


def decode_types(payload: bytes) -> Iterator[TypeEntry]:
    cursor = Cursor(payload)
    while cursor:
        address, flags, size = check_address(cursor.varint() << 3), cursor.varint(), cursor.varint()
        if size >= MAX_SIZE:
            raise ValueError(f"a type's size of {size} bytes")
        yield TypeEntry(address, TypeFlag(flags & 0xFFFFFFFF), size, cursor.text(), cursor.text())


def decode_layouts(payload: bytes) -> Iterator[tuple[tuple[EdgeKind, int], ...]]:
    cursor = Cursor(payload)
    while cursor:
        count = cursor.varint()
        if count * 2 > cursor.left():
            raise ValueError("a layout reaches past the end of its section")
        yield tuple((check_label_kind(cursor.varint()), cursor.varint()) for _ in range(count))


def decode_roots(payload: bytes) -> Iterator[RootEntry]:
    cursor = Cursor(payload)
    while cursor:
        kind, name, address = cursor.varint(), cursor.varint(), cursor.varint()
        if kind not in RootKind.__members__.values():
            raise ValueError(f"a root of unknown kind {kind}")
        yield RootEntry(RootKind(kind), name, check_address(address << 3))


def decode_bounds(payload: bytes) -> Iterator[tuple[int, int]]:
    """Addresses of containers, each with the most entries that it may have."""
    cursor = Cursor(payload)
    while cursor:
        yield check_address(cursor.varint() << 3), cursor.varint()


def decode_tail(payload: bytes) -> TailEntry:
    if len(payload) != TAIL.size:
        raise ValueError(f"an end section of {len(payload)} bytes")
    return TailEntry._make(TAIL.unpack(payload))


def check_address(address: int) -> int:
    if address >= MAX_ADDRESS:
        raise ValueError(f"an address {address:#x} that no process has")
    return address


def check_label_kind(kind: int) -> EdgeKind:
    """A kind that a layout or a NAMED group may use: one whose label needs no neighbour."""
    try:
        return LAYOUT_KINDS[kind]
    except KeyError:
        raise ValueError(f"a label of kind {kind} in a layout") from None
