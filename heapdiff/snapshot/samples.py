"""What was recorded while the process ran, row by row: sampled allocations, and calls of endpoints. For dumps and copies."""

from collections.abc import Iterator, Mapping
from typing import Final, NamedTuple

from heapdiff.format import Cursor, SampleRow, encode_varint
from heapdiff.snapshot.tables import check_address

SAMPLE_FIELDS: Final[Mapping[SampleRow, tuple[str, ...]]] = {
    SampleRow.SOURCE: ("source", "interval", "since_ms", "taken", "lost"),
    SampleRow.CODE: ("address", "owner", "distribution", "file", "name"),
    SampleRow.STACK: ("caller", "code", "line"),
    SampleRow.SAMPLE: ("source", "address", "bytes", "age_ms", "stack", "object"),
}
ADDRESSES: Final = frozenset(("address", "object"))  # divided by 8
MOST_ENDPOINTS: Final = 1 << 16


class CallEntry(NamedTuple):
    """One endpoint's row; `name` is empty where it may be data."""

    address: int
    name: str
    calls: int


class CallsEntry(NamedTuple):
    """A section of calls."""

    unrouted: int
    other: int
    endpoints: tuple[CallEntry, ...]


def sample_row_kind(number: int) -> SampleRow:
    if number not in SampleRow.__members__.values():
        raise ValueError(f"samples of unknown kind {number}")
    return SampleRow(number)


def decode_samples(payload: bytes) -> Iterator[tuple[SampleRow, dict[str, int]]]:
    """The rows of one section, each with its fields by name. Raises ValueError."""
    cursor = Cursor(payload)
    kind = sample_row_kind(cursor.varint())
    while cursor:
        row = {field: cursor.varint() for field in SAMPLE_FIELDS[kind]}
        for field in ADDRESSES & row.keys():
            row[field] = check_address(row[field] << 3)
        yield kind, row


def encode_sample(kind: SampleRow, row: Mapping[str, int]) -> bytes:
    """A row as it stands in a section of its kind."""
    return b"".join(
        encode_varint(row[field] >> 3 if field in ADDRESSES else row[field]) for field in SAMPLE_FIELDS[kind]
    )


def decode_calls(payload: bytes) -> CallsEntry:
    """Raises ValueError."""
    cursor = Cursor(payload)
    unrouted, other = cursor.varint(), cursor.varint()
    endpoints: list[CallEntry] = []
    while cursor:
        if len(endpoints) == MOST_ENDPOINTS:
            raise ValueError("too many endpoints")
        endpoints.append(CallEntry(check_address(cursor.varint() << 3), cursor.text(), cursor.varint()))
    return CallsEntry(unrouted, other, tuple(endpoints))
