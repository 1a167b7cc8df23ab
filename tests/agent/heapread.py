"""A snapshot as plain Python values, for tests that compare it with what a process knows about itself."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from heapdiff.format import GroupKind, Section, TypeFlag
from heapdiff.snapshot.records import decode_records
from heapdiff.snapshot.sections import read_sections
from heapdiff.snapshot.tables import decode_layouts, decode_names, decode_roots, decode_types, display_type

KINDS = {kind: kind.name for kind in GroupKind}


@dataclass
class Heap:
    """Objects by address, references with their labels, roots."""

    types: dict[int, str] = field(default_factory=dict)  # address -> type name
    sizes: dict[int, int] = field(default_factory=dict)
    refcounts: dict[int, int] = field(default_factory=dict)
    names: dict[int, str] = field(default_factory=dict)  # an object's own name
    references: list[tuple[int, str, str, int]] = field(default_factory=list)  # owner, kind, label, target
    roots: list[tuple[int, str, int]] = field(default_factory=list)
    pseudo: set[int] = field(default_factory=set)

    def of_type(self, name: str) -> list[int]:
        return [address for address, type_name in self.types.items() if type_name == name]

    def labels_of(self, owner: int) -> dict[str, int]:
        """Named references of one object."""
        return {label: target for source, _, label, target in self.references if source == owner}


def read_heap(path: Path) -> Heap:
    """Everything in a `.heap` file."""
    sections = list(read_sections(path))

    def payloads(tag: bytes) -> Iterator[bytes]:
        return (section.payload for section in sections if section.tag == tag)

    heap = Heap()
    names = [""] + [name for payload in payloads(Section.NAME) for name in decode_names(payload)]
    types = [entry for payload in payloads(Section.TYPE) for entry in decode_types(payload)]
    type_names = [display_type(entry.module, entry.qualname) for entry in types]
    sizes = [entry.base_size for entry in types]
    pseudo = {number for number, entry in enumerate(types) if entry.flags & TypeFlag.PSEUDO}
    layouts = [()] + [
        tuple(entry) for payload in payloads(Section.LAYOUT) for entry in decode_layouts(payload)
    ]
    for payload in payloads(Section.OBJECTS):
        for record in decode_records(payload):
            if record.type_id >= 0:
                assert record.address not in heap.types, f"{record.address:#x} stands twice"
                heap.types[record.address] = type_names[record.type_id]
                heap.sizes[record.address] = sizes[record.type_id] if record.size is None else record.size
                heap.refcounts[record.address] = record.refcount
                if record.type_id in pseudo:
                    heap.pseudo.add(record.address)
            if record.name:
                heap.names[record.address] = names[record.name]
            for group in record.groups:
                labels = [""] * len(group.targets)
                if group.kind is GroupKind.LAYOUT:
                    labels = [names[name] for _, name in layouts[group.header[0]]]
                elif group.kind is GroupKind.NAMED:
                    labels = [names[name] for _, name in group.labels]
                elif group.kind is GroupKind.ELEMENTS:
                    labels = [str(group.header[0] + at) for at in range(len(group.targets))]
                kind = KINDS[group.kind]
                heap.references += [
                    (record.address, kind, label, target)
                    for label, target in zip(labels, group.targets, strict=True)
                    if target
                ]
    for payload in payloads(Section.ROOT):
        heap.roots += [(int(root.kind), names[root.name], root.address) for root in decode_roots(payload)]
    return heap
