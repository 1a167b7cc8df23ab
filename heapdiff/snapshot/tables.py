"""The tables of a `.heap` file: names, types, layouts, roots, values, totals. One bounds-checked decoder each."""

import re
from collections.abc import Iterator, Mapping
from typing import Final, NamedTuple

from heapdiff.fields import MAX_INTEGER, Fields, parse_fields
from heapdiff.format import (
    DOUBLE,
    HASH,
    MAX_ADDRESS,
    MAX_SIZE,
    TAIL,
    VALUE_COUNT,
    VALUE_ROW,
    Cursor,
    EdgeKind,
    ModuleOwner,
    RootKind,
    TypeFlag,
    ValueKind,
)

MAX_JSON_BYTES: Final = 4 << 20  # of a section; 100 arguments of 1,000 characters, escaped, have 1.2
DIGITS: Final = re.compile(rb"-?[0-9]{1,20}")
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


class FactEntry(NamedTuple):
    """A number that a library keeps in an object; `name` is a number of the table of names."""

    address: int
    name: int
    number: int


class ModuleEntry(NamedTuple):
    """Who owns a module; `name` is a number of the table of names."""

    name: int
    owner: ModuleOwner
    distribution: str


class TailEntry(NamedTuple):
    """The totals of the end section."""

    objects: int
    references: int
    bytes: int
    records: int
    roots: int
    faults: int


class ValueEntry(NamedTuple):
    """One row and its text."""

    address: int
    length: int
    kind: int
    text: bytes


def display_type(module: str, qualname: str) -> str:
    """The shown name of a type."""
    return qualname if module in ("", "builtins") else f"{module}.{qualname}"


def decode_json(tag: bytes, payload: bytes) -> Fields:
    """The object in an INFO or MEMO section."""
    section = tag.decode("ascii")
    if len(payload) > MAX_JSON_BYTES:
        raise ValueError(f"its {section} section is longer than {MAX_JSON_BYTES // 10**6} MB")
    try:
        return Fields(parse_fields(payload).content, section)
    except ValueError as error:
        raise ValueError(f"its {section} section: {error}") from error


def decode_names(payload: bytes) -> list[str]:
    return Cursor(payload).texts()


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


def decode_numbers(payload: bytes) -> Iterator[tuple[int, int]]:
    """Addresses, each with a number: of containers the most entries that they may have, of views how many bytes they show."""
    cursor = Cursor(payload)
    while cursor:
        address, number = check_address(cursor.varint() << 3), cursor.varint()
        if number > MAX_INTEGER:
            raise ValueError(f"a container or a view of {number} entries or bytes")
        yield address, number


def decode_facts(payload: bytes) -> Iterator[FactEntry]:
    cursor = Cursor(payload)
    while cursor:
        yield FactEntry(check_address(cursor.varint() << 3), cursor.varint(), cursor.zigzag())


def decode_idle(payload: bytes) -> Iterator[int]:
    """Addresses of code objects that haven't run."""
    cursor = Cursor(payload)
    place = 0
    while cursor:
        place += cursor.zigzag()
        if place < 0:
            raise ValueError("an address below 0")
        yield check_address(place << 3)


def decode_modules(payload: bytes) -> Iterator[ModuleEntry]:
    cursor = Cursor(payload)
    while cursor:
        name, owner = cursor.varint(), cursor.varint()
        if owner not in ModuleOwner.__members__.values():
            raise ValueError(f"a module of unknown owner {owner}")
        yield ModuleEntry(name, ModuleOwner(owner), cursor.text())


def decode_hashes(payload: bytes) -> Iterator[int]:
    """Of the next objects that have an entry; 0 for one without a hash."""
    if len(payload) % HASH.size:
        raise ValueError("a hash reaches past the end of its section")
    for (number,) in HASH.iter_unpack(payload):
        yield number


def decode_tail(payload: bytes) -> TailEntry:
    if len(payload) != TAIL.size:
        raise ValueError(f"an end section of {len(payload)} bytes")
    return TailEntry._make(TAIL.unpack(payload))


def decode_values(payload: bytes) -> Iterator[ValueEntry]:
    """The rows of a section. Raises ValueError."""
    count = VALUE_COUNT.unpack_from(payload)[0] if len(payload) >= VALUE_COUNT.size else 0
    texts = at = VALUE_COUNT.size + count * VALUE_ROW.size
    if texts > len(payload):
        raise ValueError("the rows of values reach past the end of their section")
    for address, length, size, kind, _ in VALUE_ROW.iter_unpack(payload[VALUE_COUNT.size : texts]):
        yield ValueEntry(address, length, kind, payload[at : at + size])
        at += size


def value_text(kind: int, length: int, text: bytes) -> str:
    """A value as Python writes it, with an ellipsis where it was cut; of whatever the file may hold."""
    if kind == ValueKind.STR:
        decoded = text.decode("utf-8", "replace")
        return repr(decoded) + ("…" if len(decoded) < length else "")
    if kind == ValueKind.FLOAT and len(text) == DOUBLE.size:
        return repr(DOUBLE.unpack(text)[0])
    if kind == ValueKind.INT and DIGITS.fullmatch(text):
        return text.decode("ascii")
    return repr(text) + ("…" if len(text) < length else "")


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
