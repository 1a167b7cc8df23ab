"""Rewrites the object records of a section as bytes: integer keys left out, some names replaced. The rest stays as it is."""

import re
from collections.abc import Callable, Iterator, Set
from typing import Final

from heapdiff.format import MANY_GROUPS, EdgeKind, GroupKind, RecordTag, encode_varint, unzigzag

VARINT: Final = re.compile(rb"[\x80-\xff]{0,9}[\x00-\x7f]")
MANY: Final = 64
VARINTS: Final = re.compile(rb"(?:[\x80-\xff]{0,9}[\x00-\x7f]){%d}" % MANY)
PER_ENTRY: Final = {  # varints of one entry
    GroupKind.ELEMENTS: 1, GroupKind.ITEMS: 2, GroupKind.INT_ITEMS: 3, GroupKind.LAYOUT: 1, GroupKind.NAMED: 3,
    GroupKind.UNNAMED: 1, GroupKind.WEAK: 1, GroupKind.MEMBERS: 1, GroupKind.DECLARES: 0, GroupKind.STACK: 1,
}  # fmt: skip
IN_HEADER: Final = {GroupKind.ELEMENTS: 1, GroupKind.LAYOUT: 1, GroupKind.DECLARES: 3}
CONTINUED, SIZE, REFCOUNT, NAMED, GROUPS = map(  # a flag's own `&` takes a microsecond
    int, (RecordTag.CONTINUED, RecordTag.SIZE, RecordTag.REFCOUNT, RecordTag.NAMED, RecordTag.GROUPS)
)

Edit = tuple[int, int, bytes]
"""What stands from one place to another, and what is written for it."""


def rewrite_records(payload: bytes, named: Set[int], keep: Callable[[int], int]) -> bytes:
    """The records with each `INT_ITEMS` group as `ITEMS`: the keys are still there, their values are not.

    `keep` is asked for another number of the names that are to be read: of the objects at `named`, and of C members.
    Raises ValueError.
    """
    out, copied = bytearray(), 0
    for start, end, written in _edits(payload, named, keep):
        out += payload[copied:start] + written
        copied = end
    return bytes(out) + payload[copied:] if copied else payload


def _edits(payload: bytes, named: Set[int], keep: Callable[[int], int]) -> Iterator[Edit]:
    at = address = 0
    while at < len(payload):
        tag = payload[at]
        delta, at = read_varint(payload, at + 1)
        address += unzigzag(delta) << 3
        if not tag & CONTINUED:
            at = skip(payload, at, 1 + bool(tag & SIZE) + bool(tag & REFCOUNT))
        if tag & NAMED:
            start = at
            name, at = read_varint(payload, at)
            if address in named:
                yield start, at, encode_varint(keep(name))
        count = (tag & GROUPS) >> 4
        if count == MANY_GROUPS:
            count, at = read_varint(payload, at)
        for _ in range(count):
            start = at
            head, at = read_varint(payload, at)
            kind = GroupKind(head & 15)
            entries = skip(payload, at, IN_HEADER.get(kind, 0))
            at = skip(payload, entries, PER_ENTRY[kind] * (head >> 4))
            if kind is GroupKind.INT_ITEMS:
                yield start, at, _without_numbers(payload, entries, head >> 4)
            elif kind is GroupKind.NAMED:
                yield from _edits_of_labels(payload, entries, head >> 4, keep)


def _without_numbers(payload: bytes, at: int, count: int) -> bytes:
    out = bytearray(encode_varint(count << 4 | GroupKind.ITEMS))
    for _ in range(count):
        first = skip(payload, at, 1)
        at = skip(payload, first, 2)
        out += payload[first:at]
    return bytes(out)


def _edits_of_labels(payload: bytes, at: int, count: int, keep: Callable[[int], int]) -> Iterator[Edit]:
    for _ in range(count):
        kind, start = read_varint(payload, at)
        name, end = read_varint(payload, start)
        at = skip(payload, end, 1)
        if kind == EdgeKind.INTERNAL:
            yield start, end, encode_varint(keep(name))


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
    if at < len(payload) and payload[at] < 0x80:
        return payload[at], at + 1
    end, number = skip(payload, at, 1), 0
    for shift, byte in enumerate(payload[at:end]):
        number |= (byte & 0x7F) << 7 * shift
    return number, end
