"""Writes the `.heap` format from Python, for the `gc` engine and for tests. Never looks at an object."""

import json
import zlib
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, BinaryIO, Final, NamedTuple

from heapdiff.agent.writing.record import Record
from heapdiff.agent.writing.values import ValueTable
from heapdiff.format import (
    CHECKSUM,
    FLAG_VALUES,
    FRAME,
    HEADER,
    MAGIC,
    MANY_GROUPS,
    MAX_SECTION_BYTES,
    TAIL,
    VERSION,
    EdgeKind,
    ModuleOwner,
    RecordTag,
    RootKind,
    Section,
    TypeFlag,
    write_varint,
    zigzag,
)

SECTION_BYTES: Final = 1 << 20
# Plain integers: arithmetic on enumerations took a third of a walk.
TAG_CONTINUED: Final = int(RecordTag.CONTINUED)
TAG_SIZE: Final = int(RecordTag.SIZE)
TAG_REFCOUNT: Final = int(RecordTag.REFCOUNT)
TAG_NAMED: Final = int(RecordTag.NAMED)
TAG_GROUPS: Final = int(RecordTag.GROUPS)
PSEUDO: Final = int(TypeFlag.PSEUDO)


class HeapTotals(NamedTuple):
    """What the end section says, and the file as a whole: size and CRC-32."""

    objects: int
    references: int
    bytes: int
    records: int
    roots: int
    faults: int
    file_bytes: int
    crc32: int


class HeapWriter:
    """Streams one heap into a binary file. Ids of names, types and layouts are given out here.

    Memory: one section of each kind, and the tables of names. The caller opens, syncs and renames the file.
    """

    def __init__(self, out: BinaryIO, info: Mapping[str, Any], *, values: bool = False) -> None:
        self._out = out
        self._crc = self._file_crc = 0
        self._file_bytes = 0
        self._pending = {
            tag: bytearray()
            for tag in (
                Section.NAME,
                Section.TYPE,
                Section.LAYOUT,
                Section.ROOT,
                Section.BOUNDS,
                Section.FACTS,
                Section.MODULES,
            )
        }
        self._objects_payload = bytearray()
        self._last_address = 0
        self._names: dict[str, int] = {"": 0}
        self._layouts: dict[tuple[tuple[int, int], ...], int] = {(): 0}
        self._types: list[tuple[int, int]] = []
        self._objects = self._references = self._bytes = self._records = self._roots = 0
        self._values = ValueTable() if values else None
        self._write(HEADER.pack(MAGIC, VERSION, FLAG_VALUES if values else 0, 0))
        self._write_section(Section.INFO, _json(info))

    def name(self, text: str) -> int:
        """The id of a name; the empty one is 0."""
        known = self._names.get(text)
        if known is not None:
            return known
        self._names[text] = number = len(self._names)
        self._write_text(self._pending[Section.NAME], text)
        self._flush_if_full(Section.NAME)
        return number

    def type(self, address: int, flags: int, base_size: int, module: str, qualname: str) -> int:
        """The id of a new type. The caller asks once per type."""
        table = self._pending[Section.TYPE]
        for number in (address >> 3, flags, base_size):
            write_varint(table, number)
        self._write_text(table, module)
        self._write_text(table, qualname)
        self._types.append((base_size, int(flags)))
        self._flush_if_full(Section.TYPE)
        return len(self._types) - 1

    def layout(self, entries: Sequence[tuple[EdgeKind, str]]) -> int:
        """The id of a sequence of reference labels; the empty one is 0."""
        labels = tuple((int(kind), self.name(name)) for kind, name in entries)
        known = self._layouts.get(labels)
        if known is not None:
            return known
        self._layouts[labels] = number = len(self._layouts)
        table = self._pending[Section.LAYOUT]
        write_varint(table, len(labels))
        for kind, name in labels:
            write_varint(table, kind)
            write_varint(table, name)
        self._flush_if_full(Section.LAYOUT)
        return number

    def write(
        self, record: Record, type_id: int, size: int | None = None, refcount: int = 1, name: int = 0
    ) -> None:
        """One object with its references. `refcount` 0 means immortal; without `size` it is its type's."""
        base_size, flags = self._types[type_id]
        if size == base_size:
            size = None
        tag = (TAG_SIZE if size is not None else 0) | (TAG_REFCOUNT if refcount != 1 else 0)
        fields = (type_id,) if size is None else (type_id, size)
        self._write_part(record, 0, tag, (*fields, refcount) if refcount != 1 else fields, name)
        for part in range(1, len(record.parts)):
            self._write_part(record, part, TAG_CONTINUED, (), 0)
        if not flags & PSEUDO:
            self._objects += 1
            self._bytes += base_size if size is None else size
        self._references += record.references

    def continue_(self, record: Record, name: int = 0) -> None:
        """More references of an object that was written before, or its name when that is found late."""
        for part in range(len(record.parts)):
            self._write_part(record, part, TAG_CONTINUED, (), 0 if part else name)
        self._references += record.references

    def root(self, kind: RootKind, name: str, address: int) -> None:
        table = self._pending[Section.ROOT]
        for number in (kind, self.name(name), address >> 3):
            write_varint(table, number)
        self._roots += 1
        self._flush_if_full(Section.ROOT)

    def module(self, name: str, owner: ModuleOwner, distribution: str) -> None:
        """Who owns a module; `distribution` is empty for other owners."""
        table = self._pending[Section.MODULES]
        write_varint(table, self.name(name))
        write_varint(table, owner)
        self._write_text(table, distribution)
        self._flush_if_full(Section.MODULES)

    def bound(self, address: int, most: int) -> None:
        """The most entries that a container may have."""
        table = self._pending[Section.BOUNDS]
        write_varint(table, address >> 3)
        write_varint(table, most)
        self._flush_if_full(Section.BOUNDS)

    def fact(self, address: int, name: str, number: int) -> None:
        """A number that a library keeps in one of its objects."""
        table = self._pending[Section.FACTS]
        for field in (address >> 3, self.name(name), zigzag(number)):
            write_varint(table, field)
        self._flush_if_full(Section.FACTS)

    def value(self, address: int, value: object) -> None:
        """What an object holds, if it is of one of the types that have a value, and values are wanted."""
        if self._values is not None and self._values.add(address, value):
            self._write_section(Section.VALUES, self._values.take())

    def finish(self, memory: Mapping[str, Any], faults: int = 0) -> HeapTotals:
        """Write what is pending, the memory accounting and the end section."""
        self._flush_objects()
        for tag in self._pending:
            self._flush(tag)
        if self._values is not None and self._values.rows:
            self._write_section(Section.VALUES, self._values.take())
        self._write_section(Section.MEMORY, _json(memory))
        totals = (self._objects, self._references, self._bytes, self._records, self._roots, faults)
        self._write_section(Section.TAIL, TAIL.pack(*totals))
        return HeapTotals(*totals, self._file_bytes, self._file_crc)

    def _write_part(self, record: Record, part: int, tag: int, fields: Iterable[int], name: int) -> None:
        payload, (groups, encoded) = self._objects_payload, record.parts[part]
        many = groups >= MANY_GROUPS
        tag |= TAG_NAMED if name else 0
        tag |= TAG_GROUPS if many else groups << 4
        payload.append(tag)
        delta = (record.address - self._last_address) >> 3
        write_varint(payload, zigzag(delta))
        for number in fields:
            write_varint(payload, number)
        if name:
            write_varint(payload, name)
        if many:
            write_varint(payload, groups)
        payload += encoded
        self._last_address = record.address
        self._records += not tag & TAG_CONTINUED
        if len(payload) >= SECTION_BYTES:
            self._flush_objects()

    def _flush_objects(self) -> None:
        if self._objects_payload:
            self._write_section(Section.OBJECTS, self._objects_payload)
        self._objects_payload, self._last_address = bytearray(), 0

    def _flush_if_full(self, tag: bytes) -> None:
        if len(self._pending[tag]) >= SECTION_BYTES:
            self._flush(tag)

    def _flush(self, tag: bytes) -> None:
        if self._pending[tag]:
            self._write_section(tag, self._pending[tag])
            self._pending[tag] = bytearray()

    def _write_section(self, tag: bytes, payload: bytes | bytearray) -> None:
        if len(payload) > MAX_SECTION_BYTES:
            raise ValueError(f"section {tag.decode()} of {len(payload)} bytes is over the format's limit")
        self._write(FRAME.pack(tag, len(payload)))
        self._write(payload)
        self._write_through(CHECKSUM.pack(self._crc))

    def _write(self, data: bytes | bytearray) -> None:
        self._crc = zlib.crc32(data, self._crc)
        self._write_through(data)

    def _write_through(self, data: bytes | bytearray) -> None:
        self._out.write(data)
        self._file_crc = zlib.crc32(data, self._file_crc)
        self._file_bytes += len(data)

    def _write_text(self, table: bytearray, text: str) -> None:
        encoded = text.encode("utf-8", "replace")
        write_varint(table, len(encoded))
        table += encoded


def _json(content: Mapping[str, Any]) -> bytes:
    return json.dumps(content, ensure_ascii=True, separators=(",", ":"), allow_nan=False).encode("ascii")
