"""Object records of a `.heap` file, one by one, in Python: for dumps, counting, and as the oracle of C.

Does not resolve ids or addresses.
"""

from collections.abc import Iterator
from typing import Final, NamedTuple

from heapdiff.format import (
    KNOWN_TAGS,
    MANY_GROUPS,
    MAX_ADDRESS,
    MAX_SIZE,
    Cursor,
    EdgeKind,
    GroupKind,
    RecordTag,
    unzigzag,
)
from heapdiff.snapshot.tables import check_address, check_label_kind

CONTINUED, SIZE, REFCOUNT, NAMED, GROUPS = map(  # a flag's own `&` takes a microsecond
    int, (RecordTag.CONTINUED, RecordTag.SIZE, RecordTag.REFCOUNT, RecordTag.NAMED, RecordTag.GROUPS)
)
KINDS: Final = {int(kind): kind for kind in GroupKind}


class RawGroup(NamedTuple):
    """One group. `header` and `labels` hold what the kind says; `targets` are addresses, 0 where absent."""

    kind: GroupKind
    header: tuple[int, ...]
    targets: list[int]
    labels: list[tuple[EdgeKind, int]]
    numbers: list[int]


class RawRecord(NamedTuple):
    """One record. `type_id` is -1 in a continued one; `size` and `name` are None where not given."""

    address: int
    type_id: int
    size: int | None
    refcount: int
    name: int | None
    groups: list[RawGroup]


def decode_records(payload: bytes) -> Iterator[RawRecord]:
    """The records of one OBJS section. Raises ValueError at the first one that is malformed."""
    cursor, address = Cursor(payload), 0
    while cursor:
        tag = cursor.byte()
        address = check_address(address + (cursor.zigzag() << 3))
        if address <= 0 or tag > KNOWN_TAGS:
            raise ValueError(f"a record with tag {tag:#x} at address {address:#x}")
        if tag & CONTINUED:
            if tag & (SIZE | REFCOUNT):
                raise ValueError("a continued record with a size or a reference count")
            type_id, size, refcount = -1, None, 1
        else:
            type_id = cursor.varint()
            size = cursor.varint() if tag & SIZE else None
            if size is not None and size >= MAX_SIZE:
                raise ValueError(f"an object of {size} bytes")
            refcount = cursor.varint() if tag & REFCOUNT else 1
        name = cursor.varint() if tag & NAMED else None
        count = (tag & GROUPS) >> 4
        if count == MANY_GROUPS:
            count = cursor.varint()
        groups = list(_decode_groups(cursor, address, count)) if count else []
        yield RawRecord(address, type_id, size, refcount, name, groups)


def _decode_groups(cursor: Cursor, address: int, count: int) -> Iterator[RawGroup]:
    last = address
    for _ in range(_bounded(cursor, count, 1)):
        head = cursor.varint()
        kind, entries = _group_kind(head & 0xF), head >> 4
        targets: list[int] = []
        labels: list[tuple[EdgeKind, int]] = []
        numbers: list[int] = []
        header = tuple(cursor.varints(HEADER_NUMBERS[kind]))
        if kind is GroupKind.DECLARES and entries:
            raise ValueError("a declaration with targets")
        size = ENTRY_NUMBERS[kind]
        found = cursor.varints(_bounded(cursor, entries, size) * size)
        if kind is GroupKind.NAMED:
            labels = [
                (check_label_kind(label), name) for label, name in zip(found[::3], found[1::3], strict=True)
            ]
            found = found[2::3]
        elif kind is GroupKind.INT_ITEMS:
            numbers = [unzigzag(number) for number in found[::3]]
            del found[::3]
        for number in found:
            if number:
                last += unzigzag(number - 1) << 3
                if not 0 < last < MAX_ADDRESS:
                    raise ValueError(f"a reference to address {last:#x} that no process has")
            targets.append(last if number else 0)
        yield RawGroup(kind, header, targets, labels, numbers)


HEADER_NUMBERS: Final = dict.fromkeys(GroupKind, 0) | {
    GroupKind.ELEMENTS: 1,
    GroupKind.LAYOUT: 1,
    GroupKind.DECLARES: 3,
}
ENTRY_NUMBERS: Final = dict.fromkeys(GroupKind, 1) | {
    GroupKind.ITEMS: 2,
    GroupKind.INT_ITEMS: 3,
    GroupKind.NAMED: 3,
}
PAIRS: Final = frozenset((GroupKind.ITEMS, GroupKind.INT_ITEMS))


def _group_kind(number: int) -> GroupKind:
    try:
        return KINDS[number]
    except KeyError:
        raise ValueError(f"a group of unknown kind {number}") from None


def _bounded(cursor: Cursor, count: int, entry_bytes: int) -> int:
    """The count, if what is left of the section can hold that many."""
    if count * entry_bytes > cursor.left():
        raise ValueError("a group reaches past the end of its section")
    return count
