"""The summary of a capture by a Python engine: `STEM.json`."""

import json
import os
import sys
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any, Final

from heapdiff.agent.system.procfs import read_memory
from heapdiff.agent.writing.heapfile import HeapTotals
from heapdiff.agent.writing.job import Job
from heapdiff.agent.writing.new_file import new_file
from heapdiff.agent.writing.siblings import read_siblings
from heapdiff.format import SUMMARY_SCHEMA
from heapdiff.model import CaptureCost, GraphFile, MemoryUse, TypeCount

OWN_TYPES: Final = "heapdiff."


@dataclass(frozen=True, slots=True)
class Found:
    """What a walk saw."""

    objects: int
    references: int
    bytes: int
    types: tuple[TypeCount, ...]
    walk_ms: float
    graph: GraphFile | None


NOTHING_FOUND: Final = Found(0, 0, 0, (), 0.0, None)


def heap_memory(job: Job, python_object_bytes: int) -> dict[str, Any]:
    used, is_child = job.memory, os.getpid() != job.process.pid
    memory = MemoryUse(
        rss_bytes=used.rss_bytes,
        pss_bytes=used.pss_bytes,
        private_bytes=used.private_bytes,
        python_object_bytes=python_object_bytes,
        allocator={"blocks": sys.getallocatedblocks()},
        cgroup=job.cgroup,
        private_dirty_bytes=used.private_dirty_bytes,
        shared_dirty_bytes=used.shared_dirty_bytes,
        trigger_rss_bytes=job.trigger_rss_bytes or None,
        siblings=read_siblings(job.process.pid, job.process.parent_pid) if is_child else None,
    )
    return asdict(memory)


def write_summary(job: Job, found: Found, pause_ms: float) -> dict[str, Any]:
    """Write `STEM.json`; returns its `capture` part. Raises OSError."""
    own = read_memory()
    private = 0 if own is None or own.private_bytes is None else own.private_bytes
    cost = CaptureCost(
        job.engine,
        round(pause_ms, 3),
        round(found.walk_ms, 3),
        private,
        found.objects,
        found.references,
        found.bytes,
        counted="none" if found is NOTHING_FOUND else "all",
    )
    content = {
        "schema": SUMMARY_SCHEMA,
        **job.describe(),
        "capture": asdict(cost),
        "memory": heap_memory(job, found.bytes),
        "types": [asdict(count) for count in found.types],
        "notes": list(job.notes),
        "graph": None if found.graph is None else asdict(found.graph),
    }
    with new_file(job.summary_path, os.O_TRUNC) as out:
        out.write(json.dumps(content, ensure_ascii=True, indent=1, allow_nan=False).encode("ascii") + b"\n")
    return asdict(cost)


def describe_graph(job: Job, totals: HeapTotals) -> GraphFile:
    return GraphFile(job.heap_path.name, totals.file_bytes, totals.crc32)


def rank_types(counts: Iterable[tuple[str, int, int]]) -> tuple[TypeCount, ...]:
    """Types by name, largest first; our own are left out."""
    merged: dict[str, tuple[int, int]] = {}
    for name, count, size in counts:
        if count and not name.startswith(OWN_TYPES):
            known = merged.get(name, (0, 0))
            merged[name] = (known[0] + count, known[1] + size)
    return tuple(
        TypeCount(name, count, size)
        for name, (count, size) in sorted(merged.items(), key=lambda item: (-item[1][1], item[0]))
    )
