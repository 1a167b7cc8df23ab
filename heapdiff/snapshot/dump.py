"""The records of a `.heap` file as lines of text, for debugging the format. Escapes all."""

import json
from collections import Counter
from collections.abc import Iterator
from enum import IntFlag
from pathlib import Path
from typing import Any

from heapdiff.format import VERSION, EdgeKind, GroupKind, SampleRow, Section
from heapdiff.snapshot.packing import follow
from heapdiff.snapshot.records import RawGroup, decode_records
from heapdiff.snapshot.samples import ADDRESSES, decode_calls, decode_samples
from heapdiff.snapshot.sections import CutOffError, naming, read_sections
from heapdiff.snapshot.tables import (
    decode_facts,
    decode_hashes,
    decode_idle,
    decode_json,
    decode_layouts,
    decode_modules,
    decode_names,
    decode_numbers,
    decode_roots,
    decode_tail,
    decode_types,
    decode_values,
    value_text,
)


def dump_heap(path: Path) -> Iterator[str]:
    """One line of ASCII per table entry, record and group, in file order. Raises like `read_sections`."""
    dumper = _Dumper()
    with naming(path):
        yield f"{path.name!a} version {VERSION}"
        try:
            for section in read_sections(follow(path)):
                yield f"{section.tag.decode('ascii', 'backslashreplace')!a} {len(section.payload)} bytes"
                yield from dumper.lines(section.tag, section.payload)
        except CutOffError as error:
            raise CutOffError(path, error.offset, dumper.objects) from error


class _Dumper:
    def __init__(self) -> None:
        self.names = 0
        self.types = -1
        self.layouts = 0
        self.objects = 0
        self.hashes = 0
        self.samples: Counter[SampleRow] = Counter()

    def lines(self, tag: bytes, payload: bytes) -> Iterator[str]:
        if tag in (Section.INFO, Section.MEMORY):
            yield f"  {quote(decode_json(tag, payload).content)}"
        elif tag == Section.NAME:
            for name in decode_names(payload):
                self.names += 1
                yield f"  name {self.names} {quote(name)}"
        elif tag == Section.TYPE:
            yield from self.type_lines(payload)
        elif tag == Section.LAYOUT:
            for layout in decode_layouts(payload):
                self.layouts += 1
                labels = "".join(f" {kind.name}:{name}" for kind, name in layout)
                yield f"  layout {self.layouts}{labels}"
        elif tag == Section.OBJECTS:
            yield from self.record_lines(payload)
        elif tag == Section.ROOT:
            for root in decode_roots(payload):
                yield f"  root {root.kind.name} name={root.name} {root.address:#x}"
        elif tag == Section.BOUNDS:
            for address, bound in decode_numbers(payload):
                yield f"  bound {address:#x} {bound}"
        elif tag == Section.FACTS:
            for fact in decode_facts(payload):
                yield f"  fact {fact.address:#x} name={fact.name} {fact.number}"
        elif tag == Section.IDLE:
            yield from (f"  idle {address:#x}" for address in decode_idle(payload))
        elif tag == Section.VIEWS:
            yield from (f"  view {address:#x} {shown}" for address, shown in decode_numbers(payload))
        elif tag == Section.MODULES:
            for entry in decode_modules(payload):
                yield f"  module name={entry.name} {entry.owner.name} {quote(entry.distribution)}"
        elif tag == Section.VALUES:
            for address, length, kind, text in decode_values(payload):
                yield f"  value {address:#x} {quote(value_text(kind, length, text))}"
        elif tag == Section.HASHES:
            for number in decode_hashes(payload):
                self.hashes += 1
                yield f"  hash {self.hashes} {number:#x}"
        elif tag == Section.SAMPLES:
            for kind, row in decode_samples(payload):
                self.samples[kind] += 1
                fields = (
                    f"{name}={number:#x}" if name in ADDRESSES else f"{name}={number}"
                    for name, number in row.items()
                )
                yield f"  {kind.name.lower()} {self.samples[kind]} {' '.join(fields)}"
        elif tag == Section.CALLS:
            calls = decode_calls(payload)
            yield f"  calls unrouted={calls.unrouted} other={calls.other}"
            for endpoint in calls.endpoints:
                yield f"  endpoint {endpoint.address:#x} {quote(endpoint.name)} calls={endpoint.calls}"
        elif tag == Section.TAIL:
            totals = decode_tail(payload)._asdict()
            yield "  " + " ".join(f"{name}={value}" for name, value in totals.items())

    def type_lines(self, payload: bytes) -> Iterator[str]:
        for entry in decode_types(payload):
            self.types += 1
            yield (
                f"  type {self.types} {entry.address:#x} {flag_names(entry.flags)} size={entry.base_size} "
                f"{quote(entry.module)} {quote(entry.qualname)}"
            )

    def record_lines(self, payload: bytes) -> Iterator[str]:
        for record in decode_records(payload):
            self.objects += record.type_id >= 0
            what = "continued" if record.type_id < 0 else f"type={record.type_id} refcount={record.refcount}"
            size = "" if record.size is None else f" size={record.size}"
            name = "" if record.name is None else f" name={record.name}"
            yield f"  {record.address:#x} {what}{size}{name}"
            for group in record.groups:
                yield f"    {group.kind.name}{group_text(group)}"


def group_text(group: RawGroup) -> str:
    """Header, labels and targets of a group; `-` is an absent target."""
    targets = [f"{target:#x}" if target else "-" for target in group.targets]
    if group.kind in (GroupKind.ITEMS, GroupKind.INT_ITEMS):
        pairs = [f"{key}:{value}" for key, value in zip(targets[::2], targets[1::2], strict=True)]
        numbers = [f"({number})" for number in group.numbers] or [""] * len(pairs)
        targets = [number + pair for number, pair in zip(numbers, pairs, strict=True)]
    elif group.kind is GroupKind.NAMED:
        labels = [f"{EdgeKind(kind).name}:{name}=" for kind, name in group.labels]
        targets = [label + target for label, target in zip(labels, targets, strict=True)]
    words = [*(str(number) for number in group.header), *targets]
    return " " + " ".join(words) if words else ""


def flag_names(flags: IntFlag) -> str:
    return (flags.name or hex(flags)) if flags else "-"


def quote(value: Any) -> str:
    """JSON in printable ASCII."""
    return json.dumps(value, ensure_ascii=True).replace("\x7f", "\\u007f")
