"""Writes a HeapGraph as the files of a snapshot, so that tests of the reader start from a graph they know."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, astuple, replace
from itertools import groupby
from pathlib import Path

import numpy as np

from heapdiff.agent.writing.heapfile import HeapTotals, HeapWriter
from heapdiff.agent.writing.record import Record
from heapdiff.format import (
    HEAP_SCHEMA,
    NAMED_KINDS,
    SUMMARY_SCHEMA,
    EdgeKind,
    GroupKind,
    SampleRow,
    Section,
    TypeFlag,
    write_varint,
)
from heapdiff.graph.heap import Edge, HeapGraph
from heapdiff.graph.samples import Calls, Samples
from heapdiff.model import (
    CaptureCost,
    Collector,
    GraphFile,
    MemoryHistory,
    MemoryUse,
    ProcessInfo,
    Sibling,
    Summary,
    TypeCount,
)
from heapdiff.snapshot.samples import SAMPLE_FIELDS, encode_sample

BARE_GROUPS = {
    EdgeKind.UNNAMED: GroupKind.UNNAMED,
    EdgeKind.WEAK: GroupKind.WEAK,
    EdgeKind.MEMBER: GroupKind.MEMBERS,
    EdgeKind.STACK: GroupKind.STACK,
}
ELSEWHERE = 0x7E00_0000_0000
PROCESS = ProcessInfo(
    4242, 1, "web1", "2026-11-22T14:00:00Z", ("gunicorn", "shop:app"), "3.11.7", "gunicorn", 7,
    endpoints={"shop.product": 4, "<hidden>": 2}, unrouted=1,
    release="1.5.0", service="shop", environment="production", pod="shop-7d4b",
)  # fmt: skip
MEMORY = MemoryUse(
    50_000_000,
    48_000_000,
    47_000_000,
    0,
    {"anonymous_bytes": 1},
    None,
    46_000_000,
    1_000_000,
    80_000_000,
    (Sibling(4200, True, True, 40_000_000, 20_000_000, 3_000_000, 2_000_000, 9_000_000),),
    MemoryHistory((20_000, 10_000), (40_000_000, 45_000_000), (3, 6)),
)


def add_layout(record: Record, layout: int, targets: list[int]) -> None:
    """One target for each label of a layout, 0 where there is none: a group that only the native engine writes."""
    out = record._group(GroupKind.LAYOUT, len(targets))
    write_varint(out, layout)
    record._targets(out, targets)


def summarize(graph: HeapGraph) -> Summary:
    """A summary with the graph's own totals and types."""
    counts: dict[str, tuple[int, int]] = {}
    for node in range(len(graph)):
        if not graph.types[int(graph.type_ids[node])].flags & TypeFlag.PSEUDO:
            count, size = counts.get(graph.type_name(node), (0, 0))
            counts[graph.type_name(node)] = count + 1, size + int(graph.sizes[node])
    types = tuple(TypeCount(name, *counts[name]) for name in sorted(counts, key=lambda n: (-counts[n][1], n)))
    objects, size = sum(entry.count for entry in types), sum(entry.bytes for entry in types)
    return Summary(
        heapdiff="0.1.0",
        id="web1-4242-0001-20261122T140507Z",
        label=None,
        captured_at="2026-11-22T14:05:07.123456Z",
        process=PROCESS,
        trigger="api",
        capture=CaptureCost("gc", 0.0, 0.0, 0, objects, 0, size),
        memory=replace(MEMORY, python_object_bytes=size),
        types=types,
        graph=None,
        collector=Collector(True, 12, (700, 10, 10), (90, 8, 1)),
    )


def write_snapshot(
    graph: HeapGraph,
    directory: Path,
    stem: str = "snap",
    values: Mapping[int, object] | None = None,
    captured_at: str | None = None,
) -> Path:
    """Both files; returns the path of the `.json`. One with a time of its own has its name for an id."""
    summary = summarize(graph)
    if captured_at is not None:
        summary = replace(summary, id=stem, captured_at=captured_at)
    totals = write_heap(graph, directory / f"{stem}.heap", summary, values)
    file = GraphFile(f"{stem}.heap", totals.file_bytes, totals.crc32)
    cost = replace(summary.capture, references=totals.references)
    content = {"schema": SUMMARY_SCHEMA, **asdict(replace(summary, graph=file, capture=cost))}
    path = directory / f"{stem}.json"
    path.write_text(json.dumps(content))
    return path


def write_heap(
    graph: HeapGraph,
    path: Path,
    summary: Summary | None = None,
    values: Mapping[int, object] | None = None,
) -> HeapTotals:
    """The `.heap` alone; `values` says what nodes hold."""
    summary = summary or summarize(graph)
    info = {
        "schema": HEAP_SCHEMA,
        "heapdiff": summary.heapdiff,
        "id": summary.id,
        "label": summary.label,
        "captured_at": summary.captured_at,
        "process": asdict(summary.process),
        "trigger": summary.trigger,
        "engine": summary.capture.engine,
        "collector": None if summary.collector is None else asdict(summary.collector),
        "values": bool(values),
        **graph.info,
    }
    with path.open("wb") as out:
        writer = HeapWriter(out, info, values=bool(values))
        types = [
            writer.type(kind.address, kind.flags, 48, *kind.name.rpartition(".")[::2]) for kind in graph.types
        ]
        for node in range(len(graph)):
            type_id = types[int(graph.type_ids[node])]
            name = writer.name(graph.name_of(node))
            record = record_of(graph, node, writer)
            writer.write(record, type_id, int(graph.sizes[node]), int(graph.refcounts[node]), name)
        for node, value in (values or {}).items():
            writer.value(int(graph.addresses[node]), value)
        for root in graph.roots:
            writer.root(root.kind, root.name, int(graph.addresses[root.node]))
        for module, owner in graph.modules.items():
            writer.module(module, owner.kind, owner.distribution)
        write_recorded(writer, graph)
        return writer.finish(asdict(summary.memory))


def write_recorded(writer: HeapWriter, graph: HeapGraph) -> None:
    """The facts, hashes, samples and calls of the graph."""
    for node, facts in graph.facts.items():
        for name, number in facts.items():
            writer.fact(int(graph.addresses[node]), name, number)
    if graph.hashes is not None:
        hashed = np.array([bool(kind.flags & TypeFlag.HASHED) for kind in graph.types], np.bool_)
        writer._write_section(Section.HASHES, graph.hashes[hashed[graph.type_ids]].astype("<u4").tobytes())
    if graph.samples is not None:
        write_samples(writer, graph, graph.samples)
    if graph.calls is not None:
        write_calls(writer, graph, graph.calls)


def write_samples(writer: HeapWriter, graph: HeapGraph, samples: Samples) -> None:
    """A section for each kind of row. A block that isn't its object lies above all of them."""

    def address(node: int | None) -> int:
        return 0 if node is None or node < 0 else int(graph.addresses[node])

    def section(kind: SampleRow, rows: Iterable[tuple[int, ...]]) -> None:
        content = b"".join(
            encode_sample(kind, dict(zip(SAMPLE_FIELDS[kind], row, strict=True))) for row in rows
        )
        writer._write_section(Section.SAMPLES, bytes((kind,)) + content)

    section(SampleRow.SOURCE, (astuple(recording) for recording in samples.recordings))
    section(
        SampleRow.CODE,
        (
            (
                address(place.node),
                place.owner or 0,
                *map(writer.name, (place.distribution, place.file, place.function)),
            )
            for place in samples.places
        ),
    )
    columns = (samples.callers[1:].tolist(), (samples.codes[1:] + 1).tolist(), samples.lines[1:].tolist())
    section(SampleRow.STACK, zip(*columns, strict=True))
    section(
        SampleRow.SAMPLE,
        (
            (
                int(samples.recording[at]) + 1,
                address(node) if samples.direct[at] else ELSEWHERE + 16 * at,
                int(samples.bytes[at]),
                int(samples.ages_ms[at]),
                int(samples.stacks[at]),
                address(node),
            )
            for at, node in enumerate(samples.nodes.tolist())
        ),
    )


def write_calls(writer: HeapWriter, graph: HeapGraph, calls: Calls) -> None:
    out = bytearray()
    write_varint(out, calls.unrouted)
    write_varint(out, calls.other)
    for row in calls.endpoints:
        write_varint(out, 0 if row.node is None else int(graph.addresses[row.node]) >> 3)
        write_varint(out, len(row.name.encode()))
        out += row.name.encode()
        write_varint(out, row.calls)
    writer._write_section(Section.CALLS, out)


def record_of(graph: HeapGraph, node: int, writer: HeapWriter) -> Record:
    """The node's references in groups, in their order; the implied one to its type left out."""
    record = Record(int(graph.addresses[node]))
    if node in graph.declarations:
        declared = graph.declarations[node]
        record.declares(writer.layout(declared.variables), declared.positional, declared.keyword_only)
    for kind, run in groupby(_units(graph, node), key=lambda unit: (unit[-1].kind, unit[-1].index is None)):
        units = list(run)
        targets = [[int(graph.addresses[edge.target]) for edge in unit] for unit in units]
        if kind[0] is EdgeKind.ELEMENT:
            for unit, (target,) in zip(units, targets, strict=True):
                record.elements([target], unit[0].index or 0)
        elif kind[0] is EdgeKind.VALUE:
            record.items([(key, value) for key, value in targets])
        elif kind[0] is EdgeKind.INT_VALUE:
            record.int_items(
                [(unit[1].index or 0, key, value) for unit, (key, value) in zip(units, targets, strict=True)]
            )
        elif kind[0] in NAMED_KINDS:
            names = [writer.name(unit[0].name) for unit in units]
            record.named(kind[0], [(name, target) for name, (target,) in zip(names, targets, strict=True)])
        elif kind[0] is not EdgeKind.TYPE:
            record.bare(BARE_GROUPS[kind[0]], [target for (target,) in targets])
    return record


def _units(graph: HeapGraph, node: int) -> Iterator[tuple[Edge, ...]]:
    """Single references, and keys with their values."""
    edges = graph.edges(node)
    for edge in edges:
        yield (edge, next(edges)) if edge.kind is EdgeKind.KEY else (edge,)
