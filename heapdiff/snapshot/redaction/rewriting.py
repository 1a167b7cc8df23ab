"""Walks the object records of a section as bytes: leaves integer keys out, finds names. Copies the rest as it stands."""

import re
from collections.abc import Iterator
from typing import Final

from heapdiff.format import MANY_GROUPS, EdgeKind, GroupKind, RecordTag, encode_varint

VARINT: Final = re.compile(rb"[\x80-\xff]{0,9}[\x00-\x7f]")
MANY: Final = 64
VARINTS: Final = re.compile(rb"(?:[\x80-\xff]{0,9}[\x00-\x7f]){%d}" % MANY)
PER_ENTRY: Final = {  # varints of one entry
    GroupKind.ELEMENTS: 1, GroupKind.ITEMS: 2, GroupKind.INT_ITEMS: 3, GroupKind.LAYOUT: 1, GroupKind.NAMED: 3,
    GroupKind.UNNAMED: 1, GroupKind.WEAK: 1, GroupKind.MEMBERS: 1, GroupKind.DECLARES: 0, GroupKind.STACK: 1,
}  # fmt: skip
IN_HEADER: Final = {GroupKind.ELEMENTS: 1, GroupKind.LAYOUT: 1, GroupKind.DECLARES: 3}


def drop_integer_keys(payload: bytes) -> bytes:
    """The records with each `INT_ITEMS` group as `ITEMS`: the keys are still there, their values are not."""
    out, copied = bytearray(), 0
    for start, entries, kind, count in groups_of(payload):
        if kind is GroupKind.INT_ITEMS:
            out += payload[copied:start] + encode_varint(count << 4 | GroupKind.ITEMS)
            copied = entries
            for _ in range(count):
                first = skip(payload, copied, 1)
                copied = skip(payload, first, 2)
                out += payload[first:copied]
    return bytes(out) + payload[copied:] if copied else payload


def internal_names(payload: bytes) -> Iterator[int]:
    """Names, by number, of C members among the labels of `NAMED` groups: they are the interpreter's."""
    for _, entries, kind, count in groups_of(payload):
        if kind is GroupKind.NAMED:
            at = entries
            for _ in range(count):
                edge, at = read_varint(payload, at)
                name, at = read_varint(payload, at)
                at = skip(payload, at, 1)
                if edge == EdgeKind.INTERNAL:
                    yield name


def groups_of(payload: bytes) -> Iterator[tuple[int, int, GroupKind, int]]:
    """Each group's start, the start of its entries, its kind and number of entries. Raises ValueError."""
    at = 0
    while at < len(payload):
        tag, at = payload[at], at + 1
        numbers = 1  # the address
        if not tag & RecordTag.CONTINUED:
            numbers += 1 + bool(tag & RecordTag.SIZE) + bool(tag & RecordTag.REFCOUNT)
        at = skip(payload, at, numbers + bool(tag & RecordTag.NAMED))
        count = (tag & RecordTag.GROUPS) >> 4
        if count == MANY_GROUPS:
            count, at = read_varint(payload, at)
        for _ in range(count):
            start = at
            head, at = read_varint(payload, at)
            kind = GroupKind(head & 15)
            entries = at = skip(payload, at, IN_HEADER.get(kind, 0))
            at = skip(payload, at, PER_ENTRY[kind] * (head >> 4))
            yield start, entries, kind, head >> 4


def skip(payload: bytes, at: int, numbers: int) -> int:
    """The place behind so many varints."""
    if numbers > len(payload) - at:
        raise ValueError("a record reaches past the end of its section")
    while numbers:
        step = MANY if numbers >= MANY else 1
        match = (VARINTS if step == MANY else VARINT).match(payload, at)
        if match is None:
            raise ValueError("a record reaches past the end of its section")
        at, numbers = match.end(), numbers - step
    return at


def read_varint(payload: bytes, at: int) -> tuple[int, int]:
    """A number and the place behind it."""
    end, number = skip(payload, at, 1), 0
    for shift, byte in enumerate(payload[at:end]):
        number |= (byte & 0x7F) << 7 * shift
    return number, end
