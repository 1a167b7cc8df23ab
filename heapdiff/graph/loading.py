"""Builds a HeapGraph from a `.heap` file: three passes over its sections, into arrays of their final size."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from heapdiff.errors import SnapshotError
from heapdiff.format import Section, TypeFlag
from heapdiff.graph.heap import MOST_REFERENCES, NO_NODE, HeapGraph, Root
from heapdiff.graph.kernels import kernels
from heapdiff.graph.layouts import Facts
from heapdiff.graph.narrow import Narrow, NodeNames
from heapdiff.graph.samples import Samples
from heapdiff.graph.stored.columns import Arrays, is_ascending, put_together, take_apart
from heapdiff.graph.stored.records import (
    NAME,
    Tables,
    checks_of,
    columns_of,
    type_column,
)
from heapdiff.graph.tables import (
    HeapTables,
    HeldValues,
    collect_calls,
    decode_idle,
    decode_samples,
)
from heapdiff.model import NodeIndex, Summary
from heapdiff.snapshot.files import Snapshot
from heapdiff.snapshot.sections import CutOffError, Progress, damaged, naming, read_sections

if TYPE_CHECKING:
    from heapdiff.graph.stored.cabinet import Cabinet, FiledShelf

MISSING_TYPE: Final = NO_NODE - 1
PASSES: Final = 3


def load(snapshot: Snapshot, progress: Progress | None = None, cabinet: Cabinet | None = None) -> HeapGraph:
    """The snapshot's graph. Raises SnapshotError when it has none, or its file is cut off or damaged.

    `progress` is called with bytes done and bytes in all, over all passes. Peak: 17 bytes per object and
    8 per reference, which is what the graph keeps, 12 per number too wide for its column, and 2 per object for the index. With a
    `cabinet`, arrays that an earlier command stored are mapped, and others stored; the file itself is read in any case, and its
    checksums verified.
    """
    path = snapshot.heap
    if path is None:
        raise SnapshotError(
            f"{snapshot.path}: no .heap file next to it, only the summary",
            "Copy the .heap file of the same name there, or take a snapshot with a graph.",
        )
    with naming(path):
        shelf = None if cabinet is None else cabinet.shelf(path, snapshot.summary.id)
        return _Loading(path, progress, shelf).run(snapshot.summary)


def import_the_rest() -> None:
    """What loading would import on its way, for who must not import then: np.unique does, when it's first called."""
    import numpy.ma  # noqa: F401


class _Loading:
    def __init__(self, path: Path, progress: Progress | None, shelf: FiledShelf | None = None) -> None:
        self.path = path
        self.progress = progress
        self.shelf = shelf
        self.decoder = kernels.Decoder(int.from_bytes(os.urandom(8), "little"))
        self.tables = HeapTables()
        self.file: os.stat_result

    def run(self, summary: Summary) -> HeapGraph:
        tables, shelf = self.tables, self.shelf
        promised = shelf is not None and shelf.promises(NAME)
        crc32 = self.scan(summary, decoding=not promised)
        self.layouts = tables.layouts()
        if shelf is None or tables.tail is None:
            found = self.decode()
        else:
            shelf.verified(crc32, self.file)
            counted = Tables(
                tables.tail.records,
                len(tables.types),
                len(tables.names),
                len(self.layouts.first) - 1,
                tables.has_hashes,
            )
            found = shelf.once(
                NAME,
                columns_of(counted),
                lambda: self.decode(scanned=not promised),
                lambda arrays: checks_of(arrays, counted),
            )
        self.addresses = found["addresses"]
        roots, lost = self.find_roots()
        graph = HeapGraph(
            addresses=self.addresses,
            type_ids=found["type_ids"],
            sizes=put_together("sizes", found),
            refcounts=put_together("refcounts", found),
            first_edge=found["first_edge"],
            targets=found["targets"],
            labels=found["labels"],
            types=tables.heap_types(),
            names=tables.names,
            node_names=NodeNames(found["named"].reshape(-1, 2)),
            roots=roots,
            modules=tables.owners(),
            int_keys=found["int_keys"],
            declarations=tables.declarations(found["declared"].reshape(-1, 4), self.layouts),
            bounds=self.find_numbers(tables.bounds),
            facts=self.find_facts(),
            views=self.find_numbers(tables.views),
            values=self.find_values(),
            idle=decode_idle(tables.idle_payloads, self.find_all),
            hashes=found["hashes"] if tables.has_hashes else None,
            samples=self.find_samples(),
            calls=collect_calls(tables.calls, self.find_all),
            summary=summary,
            info={"singletons": tables.singletons()},
            dropped=int(found["counts"][1]) + lost,
        )
        if shelf is not None:
            object.__setattr__(graph, "shelf", shelf)
        return graph

    def decode(self, scanned: bool = True) -> Arrays:
        """What the records of objects say, as arrays."""
        decoder, tables = self.decoder, self.tables
        for payload in () if scanned else self.records(0):
            decoder.scan(payload)
        nodes = decoder.seal()
        if nodes and not tables.types:
            raise ValueError("objects of no type")
        addresses = np.empty(nodes, np.uint64)
        decoder.addresses(addresses)
        self.hand_tables_over()
        # zeros: what a file leaves out that is changed between two passes, is 0 then, and not whatever was there
        type_ids: NDArray[Any] = np.zeros(nodes, type_column(len(tables.types)))
        sizes, refcounts = np.zeros(nodes, np.uint16), np.zeros(nodes, np.uint8)
        first = np.zeros(nodes + 2, np.int32)
        named, declared = np.empty((decoder.named, 2), np.uint32), np.empty((decoder.declared, 4), np.uint32)
        entries = tables.hashes()
        hashed = np.empty(len(entries), np.uint32)
        decoder.columns(type_ids, sizes, refcounts, first, named, declared, hashed)
        for payload in self.records(1):
            decoder.describe(payload)
        shorts: tuple[NDArray[Any], ...] = sizes, refcounts
        columns = [
            Narrow.read(short, np.frombuffer(places, np.uint32), np.frombuffer(numbers, np.int64))
            for short, (places, numbers) in zip(shorts, decoder.wide(), strict=True)
        ]
        hashes = self.place_hashes(nodes, hashed, entries)
        del hashed, entries
        references = int(first.sum(dtype=np.int64))
        if references > MOST_REFERENCES:
            raise ValueError("too many references")
        np.cumsum(first, out=first)
        targets, labels = np.zeros(references, np.uint32), np.zeros(references, np.uint32)
        int_keys = np.zeros(decoder.int_items, np.int64)
        decoder.references(targets, labels, int_keys)
        for payload in self.records(2):
            decoder.fill(payload)
        used = decoder.filled, int(first[nodes]), decoder.named_used, decoder.declared_used
        if used != (references, references, len(named), len(declared)) or not is_ascending(
            first[: nodes + 1]
        ):
            raise ValueError("the file changed while it was read")
        references = decoder.compact()
        return {
            "addresses": addresses,
            "type_ids": type_ids,
            **take_apart("sizes", columns[0]),
            **take_apart("refcounts", columns[1]),
            "first_edge": first[: nodes + 1],
            "targets": targets[:references],
            "labels": labels[:references],
            "named": named.ravel(),
            "int_keys": int_keys[: decoder.int_used],
            "declared": declared.ravel(),
            "hashes": hashes,
            "counts": np.array([decoder.objects, decoder.dropped], np.int64),
        }

    def scan(self, summary: Summary, decoding: bool) -> int:
        """Read the whole file, all but its objects for good; its checksum."""
        crc32 = 0
        try:
            for section in read_sections(self.path, progress=self.progress_of(0)):
                crc32, self.file = section.crc32, section.file
                if section.tag == Section.OBJECTS:
                    if decoding:
                        self.decoder.scan(section.payload)
                else:
                    self.tables.add(section.tag, section.payload)
        except CutOffError as error:
            raise CutOffError(self.path, error.offset, self.decoder.objects) from error
        self.tables.check(self.decoder.objects if decoding else None)
        if "id" in self.tables.info and self.tables.info.text("id") != summary.id:
            raise damaged(self.path, "it doesn't belong to the .json file next to it")
        return crc32

    def hand_tables_over(self) -> None:
        types = self.tables.types
        type_nodes = np.empty(len(types), np.uint32)
        self.decoder.find(np.array([entry.address for entry in types], np.uint64), type_nodes)
        held = np.array([bool(entry.flags & TypeFlag.HEAP_TYPE) for entry in types], np.bool_)
        type_nodes[held & (type_nodes == NO_NODE)] = MISSING_TYPE
        type_nodes[~held] = NO_NODE
        base_sizes = np.array([entry.base_size for entry in types], np.int64)
        first, labels = self.layouts.first.astype(np.uint32), self.layouts.labels()
        hashed = self.tables.is_hashed()
        self.decoder.tables(base_sizes, type_nodes, first, labels, hashed, len(self.tables.names))

    def place_hashes(
        self, nodes: int, hashed: NDArray[np.uint32], entries: NDArray[np.uint32]
    ) -> NDArray[np.uint32]:
        """By node, 0 where an object has none; empty for a file without any."""
        if self.decoder.hashed_used != len(entries):
            raise ValueError("more hashes than objects that have one")
        if not self.tables.has_hashes:
            return np.zeros(0, np.uint32)
        hashes = np.zeros(nodes, np.uint32)
        hashes[hashed] = entries
        return hashes

    def find_roots(self) -> tuple[tuple[Root, ...], int]:
        """The roots that have a record, and how many have none."""
        entries = self.tables.roots
        nodes = self.find([entry.address for entry in entries]).tolist()
        roots = tuple(
            Root(entry.kind, self.tables.names[entry.name], NodeIndex(node))
            for entry, node in zip(entries, nodes, strict=True)
            if node != NO_NODE
        )
        return roots, len(entries) - len(roots)

    def find_numbers(self, by_address: Mapping[int, int]) -> dict[int, int]:
        nodes = self.find(list(by_address)).tolist()
        return {
            node: number for node, number in zip(nodes, by_address.values(), strict=True) if node != NO_NODE
        }

    def find_facts(self) -> Mapping[int, Mapping[str, int]]:
        payloads, self.tables.fact_payloads = self.tables.fact_payloads, []
        return Facts(payloads, self.tables.names, self.find_all) if payloads else {}

    def find_values(self) -> Mapping[int, str]:
        payloads, self.tables.value_payloads = self.tables.value_payloads, []
        return HeldValues(payloads, self.find_all) if payloads else {}

    def find_samples(self) -> Samples | None:
        payloads, self.tables.sample_payloads = self.tables.sample_payloads, []
        return decode_samples(payloads, self.tables.names, self.find_all)

    def find_all(self, addresses: NDArray[np.uint64]) -> NDArray[np.uint32]:
        at = np.searchsorted(self.addresses, addresses)
        at[at == len(self.addresses)] = 0
        there = self.addresses[at] == addresses if len(self.addresses) else np.zeros(len(at), np.bool_)
        return np.where(there, at, NO_NODE).astype(np.uint32)

    def find(self, addresses: list[int]) -> NDArray[np.uint32]:
        return self.find_all(np.array(addresses, np.uint64))

    def records(self, number: int) -> Iterator[bytes]:
        """The object sections once more, of the file whose checksums were verified."""
        for section in read_sections(self.path, only=Section.OBJECTS, progress=self.progress_of(number)):
            if not os.path.samestat(section.file, self.file):
                raise ValueError("another file took its place while it was read")
            yield section.payload

    def progress_of(self, number: int) -> Progress | None:
        progress = self.progress
        if progress is None:
            return None
        return lambda done, size: progress(number * size + done, PASSES * size)
