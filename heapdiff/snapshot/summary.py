"""The summary: from a `.json`, or what a `.heap` alone says. Believes nothing that it did not check."""

import json
import re
from collections.abc import Iterable
from dataclasses import replace
from itertools import islice, pairwise
from pathlib import Path
from typing import Final, TypeVar

from heapdiff.deployment import DEPLOYMENT_CHARACTERS
from heapdiff.errors import SnapshotError
from heapdiff.fields import Fields, parse_fields
from heapdiff.format import HEAP_SCHEMA, SUMMARY_SCHEMA
from heapdiff.model import (
    COUNTED,
    MALLOCS,
    CaptureCost,
    Collector,
    Counted,
    GraphFile,
    MemoryHistory,
    MemoryUse,
    ProcessInfo,
    Sibling,
    Summary,
    TypeCount,
)
from heapdiff.snapshot.packing import open_source
from heapdiff.snapshot.sections import naming
from heapdiff.snapshot.tables import TailEntry

MAX_JSON_BYTES: Final = 64 << 20
MAX_ROWS: Final = 4096  # of siblings and samples: far more than any agent writes, and as many as can be computed with at once
Row = TypeVar("Row")
ARCHIVE: Final = b"PK\x03\x04"
UNPACK: Final = "Unpack it and name a .json in it; a bundle of compare has no snapshots: open its leak.html."
_BEGINNING: Final = re.compile(rb'\s*\{\s*"schema"\s*:\s*"snapshot/')


def read_summary(path: Path) -> Summary:
    """The `.json` of a snapshot. Raises SnapshotError for whatever else the file holds."""
    with naming(path), open_source(path) as file:
        payload = file.read(MAX_JSON_BYTES + 1)
    if len(payload) > MAX_JSON_BYTES:
        raise not_a_summary(path, f"longer than {MAX_JSON_BYTES // 10**6} MB")
    try:
        fields = parse_fields(payload)
        schema = fields.text("schema")
    except ValueError as error:
        if begins_like_a_summary(payload) and isinstance(error, json.JSONDecodeError):
            raise _cut_off(path, len(payload)) from error
        if payload.startswith(ARCHIVE):
            raise SnapshotError(f"{path}: is a ZIP archive, not a snapshot", UNPACK) from error
        raise not_a_summary(path, "not its JSON" if payload else "empty") from error
    if schema != SUMMARY_SCHEMA:
        if schema.startswith(SUMMARY_SCHEMA.partition("/")[0] + "/"):
            raise SnapshotError(
                f"{path}: written as {schema[:40]!a}; this heapdiff reads {SUMMARY_SCHEMA!r}",
                "Use the heapdiff that wrote it, or a newer one: pip install --upgrade heapdiff",
            )
        raise not_a_summary(path, f"its schema is {schema[:40]!a}")
    try:
        return _parse_summary(fields)
    except ValueError as error:
        raise not_a_summary(path, str(error)) from error


def begins_like_a_summary(payload: bytes) -> bool:
    """Whether a file that begins so is meant as a summary, of any version."""
    return _BEGINNING.match(payload) is not None


def summarize_heap(
    head: Fields,
    memory: Fields,
    tail: TailEntry,
    types: Iterable[TypeCount],
    file: GraphFile,
) -> Summary:
    """The summary of a `.heap` whose `.json` is missing. What only that knows is 0. Raises ValueError."""
    if head.text("schema") != HEAP_SCHEMA:
        raise ValueError(f"its INFO section has the schema {head.text('schema')[:40]!a}")
    capture = CaptureCost(
        engine=head.text("engine"),
        pause_ms=head.number("pause_ms", 0.0),
        walk_ms=0.0,
        child_private_bytes=0,
        objects=tail.objects,
        references=tail.references,
        bytes=tail.bytes,
    )
    return _under_head(head, capture, parse_memory(memory), types, file)


def sort_types(types: Iterable[TypeCount]) -> tuple[TypeCount, ...]:
    """By bytes descending, then by name."""
    return tuple(sorted(types, key=lambda entry: (-entry.bytes, entry.type)))


def not_a_summary(path: Path, reason: str) -> SnapshotError:
    return SnapshotError(
        f"{path}: not a heapdiff snapshot ({reason})", "Name a .json or .heap file that heapdiff wrote."
    )


def _cut_off(path: Path, size: int) -> SnapshotError:
    return SnapshotError(
        f"{path}: cut off or damaged: its JSON does not end as it should; {size:,} bytes are there",
        "Copy the file again from where it was written; with this one out of the way, a .heap beside it tells as much.",
    )


def _under_head(
    head: Fields, capture: CaptureCost, memory: MemoryUse, types: Iterable[TypeCount], graph: GraphFile | None
) -> Summary:
    """What both files say at their head, with the rest."""
    return Summary(
        heapdiff=head.text("heapdiff"),
        id=head.text("id"),
        label=head.optional_text("label"),
        captured_at=head.moment("captured_at"),
        process=_parse_process(head.object("process")),
        trigger=head.text("trigger"),
        capture=capture,
        memory=memory,
        types=sort_types(types),
        graph=graph,
        values=head.flag("values"),
        collector=_parse_collector(head.optional_object("collector")),
    )


def _parse_summary(fields: Fields) -> Summary:
    cost = fields.object("capture")
    capture = CaptureCost(
        engine=cost.text("engine"),
        pause_ms=cost.number("pause_ms"),
        walk_ms=cost.number("walk_ms"),
        child_private_bytes=cost.integer("child_private_bytes"),
        objects=cost.integer("objects"),
        references=cost.integer("references"),
        bytes=cost.integer("bytes"),
        copied_bytes=cost.integer("copied_bytes", 0),
        counted=_parse_counted(cost),
    )
    types = (
        TypeCount(entry.text("type"), entry.integer("count"), entry.integer("bytes"))
        for entry in fields.objects("types")
    )
    graph = _parse_graph(fields.optional_object("graph"))
    summary = _under_head(fields, capture, parse_memory(fields.object("memory")), types, graph)
    return replace(summary, notes=fields.texts("notes") if "notes" in fields else ())


def _parse_counted(cost: Fields) -> Counted:
    """All, where the file doesn't say: those that know of less do."""
    word = cost.text("counted", COUNTED[0])
    known = next((each for each in COUNTED if each == word), None)
    if known is None:
        raise ValueError(f"its capture counted {word[:40]!a}")
    return known


def _parse_process(process: Fields) -> ProcessInfo:
    endpoints = process.optional_object("endpoints")
    return ProcessInfo(
        pid=process.integer("pid"),
        parent_pid=process.integer("parent_pid"),
        host=process.text("host"),
        started_at=process.text("started_at"),
        argv=process.texts("argv"),
        python=process.text("python"),
        server=process.optional_text("server"),
        requests=process.optional_integer("requests"),
        identity=process.optional_text("identity") or "",
        endpoints=None if endpoints is None else endpoints.integers(),
        unrouted=process.integer("unrouted", 0),
        release=_parse_short(process, "release"),
        service=_parse_short(process, "service"),
        environment=_parse_short(process, "environment"),
        pod=_parse_short(process, "pod"),
    )


def _parse_short(process: Fields, key: str) -> str:
    """A text of the deployment; empty where the file, perhaps of an earlier version, has none."""
    text = process.optional_text(key) or ""
    if len(text) > DEPLOYMENT_CHARACTERS:
        raise ValueError(f"process.{key} is longer than {DEPLOYMENT_CHARACTERS} characters")
    return text


def parse_memory(memory: Fields) -> MemoryUse:
    """What a summary or a MEMO section says. Raises ValueError."""
    cgroup = memory.optional_object("cgroup")
    return MemoryUse(
        rss_bytes=memory.integer("rss_bytes"),
        pss_bytes=memory.optional_integer("pss_bytes"),
        private_bytes=memory.optional_integer("private_bytes"),
        python_object_bytes=memory.integer("python_object_bytes"),
        allocator=memory.object("allocator").integers(),
        cgroup=None if cgroup is None else cgroup.integers(),
        private_dirty_bytes=memory.optional_integer("private_dirty_bytes"),
        shared_dirty_bytes=memory.optional_integer("shared_dirty_bytes"),
        trigger_rss_bytes=memory.optional_integer("trigger_rss_bytes"),
        siblings=_parse_siblings(memory),
        history=_parse_history(memory.optional_object("history")),
        malloc=next((each for each in MALLOCS if each == memory.optional_text("malloc")), ""),
    )


def _parse_siblings(memory: Fields) -> tuple[Sibling, ...] | None:
    if memory.content.get("siblings") is None:
        return None
    siblings = tuple(
        Sibling(
            pid=each.integer("pid"),
            parent=each.require_flag("parent"),
            forked=each.require_flag("forked"),
            rss_bytes=each.integer("rss_bytes"),
            pss_bytes=each.integer("pss_bytes"),
            private_bytes=each.integer("private_bytes"),
            private_dirty_bytes=each.integer("private_dirty_bytes"),
            shared_dirty_bytes=each.integer("shared_dirty_bytes"),
        )
        for each in islice(memory.objects("siblings"), MAX_ROWS + 1)
    )
    return _require_few("memory.siblings", siblings)


def _require_few(name: str, rows: tuple[Row, ...]) -> tuple[Row, ...]:
    if len(rows) > MAX_ROWS:
        raise ValueError(f"{name} has more than {MAX_ROWS:,} entries")
    return rows


def _parse_history(history: Fields | None) -> MemoryHistory | None:
    if history is None:
        return None
    ages, rss = _require_few("memory.history", history.numbers("age_ms")), history.numbers("rss_bytes")
    requests = None if history.content.get("requests") is None else history.numbers("requests")
    columns = (ages, rss) if requests is None else (ages, rss, requests)
    if len({len(column) for column in columns}) > 1 or min(map(min, filter(None, columns)), default=0) < 0:
        raise ValueError("memory.history is not one number from 0 on in each column for each sample")
    if any(later > earlier for earlier, later in pairwise(ages)):
        raise ValueError("memory.history is not sorted by age")
    return MemoryHistory(ages, rss, requests)


def _parse_collector(collector: Fields | None) -> Collector | None:
    if collector is None:
        return None
    thresholds, collections = collector.numbers("thresholds"), collector.numbers("collections")
    if not thresholds or len(thresholds) != len(collections) or min(collections) < 0:
        raise ValueError(
            "collector.thresholds and collector.collections are not one number for each generation"
        )
    return Collector(collector.require_flag("enabled"), collector.integer("frozen"), thresholds, collections)


def _parse_graph(graph: Fields | None) -> GraphFile | None:
    if graph is None:
        return None
    name = graph.text("file")
    if name in ("", ".", "..") or "/" in name or "\0" in name:
        raise ValueError(f"graph.file is {name[:80]!a}, which is no plain file name")
    return GraphFile(name, graph.integer("bytes"), graph.integer("crc32"))
