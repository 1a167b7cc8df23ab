"""Small real snapshots on disk, `.json` and `.heap`, from the heap language. Holds no analysis."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

from heapdiff.agent.writing.heapfile import HeapTotals, HeapWriter
from heapdiff.agent.writing.record import Record
from heapdiff.format import LABEL_PAYLOAD, LABEL_SHIFT, NAMED_KINDS, EdgeKind, GroupKind, TypeFlag
from heapdiff.graph.heap import HeapGraph
from tests.heapfiles import write_recorded
from tests.heaps import heap

__all__ = ["SHOP_AFTER", "SHOP_BEFORE", "SHOP_SAMPLED", "write_snapshot", "write_summary"]

BARE = {
    EdgeKind.UNNAMED: GroupKind.UNNAMED,
    EdgeKind.MEMBER: GroupKind.MEMBERS,
    EdgeKind.WEAK: GroupKind.WEAK,
    EdgeKind.STACK: GroupKind.STACK,
}
SHOP = """
    shop.models.Session: type
    shop.cache.SETTINGS: dict -> [*]: str * 5
    shop.cache.SESSIONS: dict -> [*]: shop.models.Session * {sessions} size=56 -> .basket: list size=88
    shop.app.HANDLERS: list -> []: function * {handlers}
"""
SHOP_BEFORE = SHOP.format(sessions=20, handlers=3)
SHOP_AFTER = SHOP.format(sessions=220, handlers=3)
_VIEW = "{} shop/views.py:{} < Flask.dispatch_request flask/app.py:902 of flask < Flask.wsgi_app flask/app.py:917 of flask"
SHOP_SAMPLED = f"""
    {SHOP_AFTER.replace("* 220", "* 220 $s")}
    sampler: every 1024
    sample * 40 of $s size=100: session_for shop/cache.py:31 < {_VIEW.format("product", 12)}
    sample * 28 of $s size=100: Session.__init__ shop/models.py:7 < session_for shop/cache.py:30 < {_VIEW.format("cart", 40)}
    sample * 3 of $s age=90000: load shop/main.py:4 < <module> shop/main.py:9
    sample * 2 size=4096: poll shop/feed.py:8 < Thread._bootstrap_inner threading.py:1041 of standard
"""  # the first 20 sessions were there before
STEM = "web1-4242-{number:04}-20261122T14{minute:02}07Z"


def write_snapshot(directory: Path, text: str, number: int = 1, **process: Any) -> Path:
    """Write both files of one snapshot of process 4242; the path of the `.json`."""
    graph = heap(text)
    summary = _summary(graph, number, process)
    stem = STEM.format(number=number, minute=number)
    with (directory / f"{stem}.heap").open("wb") as file:
        info = {key: summary[key] for key in ("heapdiff", "id", "label", "captured_at", "process", "trigger")}
        totals = _write_heap(
            HeapWriter(file, {"schema": "heap/1", "engine": "native", **graph.info, **info}), graph, summary
        )
    summary["graph"] = {"file": f"{stem}.heap", "bytes": totals.file_bytes, "crc32": totals.crc32}
    path = directory / f"{stem}.json"
    path.write_text(json.dumps(summary))
    return path


def write_summary(directory: Path, text: str, number: int = 1, **process: Any) -> Path:
    """Write the `.json` only, as `snapshot --no-graph` does."""
    path = directory / f"{STEM.format(number=number, minute=number)}.json"
    path.write_text(json.dumps(_summary(heap(text), number, process)))
    return path


def _summary(graph: HeapGraph, number: int, process: dict[str, Any]) -> dict[str, Any]:
    counts: Counter[str] = Counter()
    sizes: Counter[str] = Counter()
    for node in range(len(graph)):
        if not graph.types[int(graph.type_ids[node])].flags & TypeFlag.PSEUDO:
            counts[graph.type_name(node)] += 1
            sizes[graph.type_name(node)] += int(graph.sizes[node])
    total = sum(sizes.values())
    return {
        "schema": "snapshot/1",
        "heapdiff": "0.1.0",
        "id": STEM.format(number=number, minute=number),
        "label": None,
        "captured_at": f"2026-11-22T14:{number:02}:07.123456Z",
        "process": {
            "pid": 4242,
            "parent_pid": 4200,
            "host": "web1",
            "started_at": "2026-11-22T13:00:00.000000Z",
            "argv": ["gunicorn", "shop:app"],
            "python": "3.11.7",
            "server": "gunicorn",
            "requests": 100 * (number - 1),
            **process,
        },
        "trigger": "signal",
        "capture": {
            "engine": "native",
            "pause_ms": 1.5,
            "walk_ms": 3.0,
            "child_private_bytes": 1_000_000,
            "objects": sum(counts.values()),
            "references": len(graph.targets),
            "bytes": total,
        },
        "memory": {
            "rss_bytes": 40_000_000 + total,
            "pss_bytes": None,
            "private_bytes": None,
            "python_object_bytes": total,
            "allocator": {},
            "cgroup": None,
        },
        "types": [{"type": name, "count": counts[name], "bytes": sizes[name]} for name in counts],
        "graph": None,
    }


def _write_heap(writer: HeapWriter, graph: HeapGraph, summary: dict[str, Any]) -> HeapTotals:
    type_ids = []
    for kind in graph.types:
        module, _, qualname = kind.name.rpartition(".")
        type_ids.append(writer.type(kind.address, kind.flags, 0, module or "builtins", qualname))
    for node in range(len(graph)):
        record = Record(int(graph.addresses[node]))
        _write_references(writer, graph, node, record)
        if declared := graph.declarations.get(node):
            record.declares(writer.layout(declared.variables), declared.positional, declared.keyword_only)
        name = writer.name(graph.name_of(node))
        writer.write(
            record,
            type_ids[int(graph.type_ids[node])],
            int(graph.sizes[node]),
            int(graph.refcounts[node]),
            name,
        )
    for root in graph.roots:
        writer.root(root.kind, root.name, int(graph.addresses[root.node]))
    for module, owner in graph.modules.items():
        writer.module(module, owner.kind, owner.distribution)
    write_recorded(writer, graph)
    return writer.finish(summary["memory"])


def _write_references(writer: HeapWriter, graph: HeapGraph, node: int, record: Record) -> None:
    """One group per reference: long, but the reader does not mind."""
    key = 0
    for position in range(int(graph.first_edge[node]), int(graph.first_edge[node + 1])):
        label = int(graph.labels[position])
        kind, payload = EdgeKind(label >> LABEL_SHIFT), label & LABEL_PAYLOAD
        target = int(graph.addresses[int(graph.targets[position])])
        if kind is EdgeKind.KEY:
            key = target
        elif kind is EdgeKind.VALUE:
            record.items([(key, target)])
        elif kind is EdgeKind.INT_VALUE:
            record.int_items([(int(graph.int_keys[payload]), key, target)])
        elif kind is EdgeKind.ELEMENT:
            record.elements([target], payload)
        elif kind in NAMED_KINDS:
            record.named(kind, [(writer.name(graph.names[payload]), target)])
        elif kind in BARE:
            record.bare(BARE[kind], [target])
