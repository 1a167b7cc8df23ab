"""A `.heap` file into arrays, record by record in Python."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from heapdiff.format import LABEL_PAYLOAD, LABEL_SHIFT, NAMED_KINDS, EdgeKind, GroupKind
from heapdiff.snapshot.records import PAIRS, RawGroup, RawRecord, decode_records

NO_NODE = 2**32 - 1
MISSING_TYPE = NO_NODE - 1
GRANULE = 16
PAGE, PAGE_BYTES, UPPERS_BYTES = 4096, 56, 32
BYTES_PER_FILE_BYTE, BYTES_LEAST = 8, 1 << 24  # what the index in C may take
PLAIN_LABEL = {
    GroupKind.UNNAMED: EdgeKind.UNNAMED << LABEL_SHIFT,
    GroupKind.WEAK: EdgeKind.WEAK << LABEL_SHIFT,
    GroupKind.MEMBERS: EdgeKind.MEMBER << LABEL_SHIFT,
    GroupKind.STACK: EdgeKind.STACK << LABEL_SHIFT,
}
CHANGED = "the file changed while it was read"


class Decoder:
    """One file: scan each section, seal, tables, columns, describe each, references, fill each, compact.

    Counted are `objects`, records that are no continuations; `named`, `declared` and `int_items`, the room needed; and
    `dropped`, references to addresses without a record.
    """

    def __init__(self, seed: int) -> None:  # noqa: ARG002
        self.objects = self.named = self.declared = self.int_items = 0
        self.named_used = self.declared_used = self.int_used = self.filled = self.dropped = 0
        self.hashed_used = 0
        self._granules: dict[int, int] = {}
        self._node: dict[int, int] = {}
        self._pages: set[int] = set()
        self._uppers: set[int] = set()  # pages with objects in the upper half of a granule
        self._bytes_most = BYTES_LEAST

    def scan(self, payload: bytes) -> None:
        """First pass: note the objects of one section."""
        self._bytes_most += len(payload) * BYTES_PER_FILE_BYTE
        for record in decode_records(payload):
            granule = record.address // GRANULE
            if record.type_id < 0:
                if self._granules.get(granule) != record.address:
                    raise ValueError("a continued record for an object without a record")
            elif granule in self._granules:
                raise ValueError("two objects at the same address")
            self._note_page(record.address)
            self._granules[granule] = record.address
            self.objects += record.type_id >= 0
            self.named += record.name is not None
            self.declared += sum(group.kind is GroupKind.DECLARES for group in record.groups)
            self.int_items += sum(len(group.numbers) for group in record.groups)

    def _note_page(self, address: int) -> None:
        for pages in (self._pages, self._uppers) if address % GRANULE else (self._pages,):
            if address // PAGE not in pages:
                if len(self._pages) * PAGE_BYTES + len(self._uppers) * UPPERS_BYTES >= self._bytes_most:
                    raise ValueError("its objects are too far apart for a file of this size")
                pages.add(address // PAGE)

    def seal(self) -> int:
        """The number of objects."""
        addresses = sorted(self._granules.values())
        self._granules.clear()
        self._node = {address: node for node, address in enumerate(addresses)}
        return len(self._node)

    def addresses(self, out: NDArray[np.uint64]) -> None:
        out[:] = list(self._node)

    def find(self, addresses: NDArray[np.uint64], out: NDArray[np.uint32]) -> None:
        """The node at each address, 2**32 - 1 where none is."""
        out[:] = [self._node.get(address, NO_NODE) for address in addresses.tolist()]

    def tables(
        self,
        base_sizes: NDArray[np.int64],
        type_nodes: NDArray[np.uint32],
        layout_first: NDArray[np.uint32],
        layout_labels: NDArray[np.uint32],
        hashed: NDArray[np.uint8],
        names: int,
    ) -> None:
        """`type_nodes`: 2**32 - 1 where instances do not refer to their type, 2**32 - 2 if not found. `hashed`: 1 where instances
        have an entry among the hashes."""
        self._is_hashed = hashed.tolist()
        self._base_sizes, self._type_nodes, self._names = base_sizes.tolist(), type_nodes.tolist(), names
        rows = layout_first.tolist()
        self._layouts = [layout_labels[rows[at] : rows[at + 1]].tolist() for at in range(len(rows) - 1)]

    def columns(
        self,
        type_ids: NDArray[np.uint16] | NDArray[np.uint32],
        sizes: NDArray[np.uint16],
        refcounts: NDArray[np.uint8],
        first: NDArray[np.int32],
        named: NDArray[np.uint32],
        declared: NDArray[np.uint32],
        hashed: NDArray[np.uint32],
    ) -> None:
        """Where to describe. `first`, n + 2 zeros, takes the number of node i's references at i + 2.

        `named` has rows of node and name; `declared` of node, layout, positional and keyword-only arguments;
        `hashed` takes the nodes that have a hash, in the order of the file, and has room for as many as there are hashes.
        """
        self._type_ids, self._sizes, self._refcounts, self._first = type_ids, sizes, refcounts, first
        self._named, self._declared, self._hashed = named, declared, hashed
        self._wide: dict[str, list[tuple[int, int]]] = {"sizes": [], "refcounts": []}

    def describe(self, payload: bytes) -> None:
        """Second pass: the facts about each object, and how many references it has."""
        for record in decode_records(payload):
            node = self._own_node(record)
            if record.type_id >= 0:
                self._describe_object(record, node)
            if record.name is not None:
                if record.name >= self._names:
                    raise ValueError("a name that is not in the table of names")
                self._named[self.named_used] = node, record.name
                self.named_used += 1
            for group in record.groups:
                if group.kind is GroupKind.DECLARES:
                    self._describe_code(group, node)
                self.dropped += sum(1 for target in group.targets if target and target not in self._node)
            self._first[node + 2] += sum(1 for _ in self._references(record))

    def references(
        self, targets: NDArray[np.uint32], labels: NDArray[np.uint32], int_keys: NDArray[np.int64]
    ) -> None:
        """Where to fill. `first` was summed up meanwhile; filling moves each row into its place."""
        self._targets, self._labels, self._int_keys = targets, labels, int_keys

    def fill(self, payload: bytes) -> None:
        """Third pass: the references."""
        for record in decode_records(payload):
            node = self._own_node(record)
            for target, label, number in self._references(record):
                if number is not None:
                    if self.int_used >= len(self._int_keys):
                        raise ValueError(CHANGED)
                    self._int_keys[self.int_used] = number
                    self.int_used += 1
                at = int(self._first[node + 1])
                if at >= len(self._targets):
                    raise ValueError(CHANGED)
                position = 0 if number is None else self.int_used - 1
                self._targets[at], self._labels[at] = target, label | position
                self._first[node + 1] += 1
                self.filled += 1

    def compact(self) -> int:
        """Leave out the references to what has no record; returns how many stay. `first` moves with them.

        Here they were never counted.
        """
        return self.filled

    def _own_node(self, record: RawRecord) -> int:
        if record.address not in self._node:
            raise ValueError(CHANGED)
        return self._node[record.address]

    def _describe_object(self, record: RawRecord, node: int) -> None:
        if record.type_id >= len(self._base_sizes):
            raise ValueError("an object of a type that is not in the table of types")
        self._type_ids[node] = record.type_id
        size = self._base_sizes[record.type_id] if record.size is None else record.size
        self._put(self._sizes, "sizes", node, size)
        self._put(self._refcounts, "refcounts", node, min(record.refcount, NO_NODE))
        self.dropped += self._type_nodes[record.type_id] == MISSING_TYPE
        if self._is_hashed[record.type_id]:
            if self.hashed_used >= len(self._hashed):
                raise ValueError("more objects with a hash than hashes")
            self._hashed[self.hashed_used] = node
            self.hashed_used += 1

    def _put(self, column: NDArray[np.uint16] | NDArray[np.uint8], name: str, node: int, number: int) -> None:
        mark = int(np.iinfo(column.dtype).max)
        if 0 <= number < mark:
            column[node] = number
        else:
            column[node] = mark
            self._wide[name].append((node, number))

    def wide(self) -> tuple[tuple[bytes, bytes], tuple[bytes, bytes]]:
        """Nodes, of 32 bits, and numbers, of 64, of the sizes that their column cannot hold; and of the reference counts.

        The columns have the most that they hold there, which none of their own numbers is.
        """
        sizes, refcounts = (
            (
                np.array([node for node, _ in rows], np.uint32).tobytes(),
                np.array([number for _, number in rows], np.int64).tobytes(),
            )
            for rows in (self._wide["sizes"], self._wide["refcounts"])
        )
        return sizes, refcounts

    def _describe_code(self, group: RawGroup, node: int) -> None:
        layout, positional, keyword_only = group.header
        if layout >= len(self._layouts):
            raise ValueError("a layout that is not in the table of layouts")
        facts = node, layout, min(positional, NO_NODE), min(keyword_only, NO_NODE)
        self._declared[self.declared_used] = facts
        self.declared_used += 1

    def _references(self, record: RawRecord) -> Iterator[tuple[int, int, int | None]]:
        """Target, label and integer key of each reference that has a record at its end."""
        if record.type_id >= 0 and self._type_nodes[record.type_id] < MISSING_TYPE:
            yield self._type_nodes[record.type_id], EdgeKind.TYPE << LABEL_SHIFT, None
        for group in record.groups:
            found = [self._node.get(target) for target in group.targets]
            if group.kind in PAIRS:
                yield from _items(found, group.numbers)
            elif group.kind is not GroupKind.DECLARES:
                for target, label in zip(found, self._labels_of(group), strict=True):
                    if target is not None:
                        yield target, label, None

    def _labels_of(self, group: RawGroup) -> list[int]:
        count = len(group.targets)
        if group.kind is GroupKind.ELEMENTS:
            first = group.header[0]
            indexes = (min(first + at, LABEL_PAYLOAD) for at in range(count))
            return [EdgeKind.ELEMENT << LABEL_SHIFT | index for index in indexes]
        if group.kind is GroupKind.LAYOUT:
            layout = group.header[0]
            if layout >= len(self._layouts) or len(self._layouts[layout]) != count:
                raise ValueError("a layout that is not in the table of layouts, or has another length there")
            known: list[int] = self._layouts[layout]
            return known
        if group.kind is GroupKind.NAMED:
            if any(name >= self._names for _, name in group.labels):
                raise ValueError("a name that is not in the table of names")
            return [kind << LABEL_SHIFT | (name if kind in NAMED_KINDS else 0) for kind, name in group.labels]
        return [PLAIN_LABEL[group.kind]] * count


def _items(found: list[int | None], numbers: list[int]) -> Iterator[tuple[int, int, int | None]]:
    """A key and its value stand together; one without the other is a reference like any."""
    for at in range(0, len(found), 2):
        key, value = found[at], found[at + 1]
        if key is not None and value is not None:
            yield key, EdgeKind.KEY << LABEL_SHIFT, None
            if numbers:
                yield value, EdgeKind.INT_VALUE << LABEL_SHIFT, numbers[at // 2]
            else:
                yield value, EdgeKind.VALUE << LABEL_SHIFT, None
        elif key is not None or value is not None:
            alone = value if key is None else key
            assert alone is not None
            yield alone, EdgeKind.UNNAMED << LABEL_SHIFT, None
