"""One capture by a Python engine: what the parent knows before the fork, and the files of the child."""

from __future__ import annotations

import contextlib
import json
import os
import sys
import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, BinaryIO, Final

from heapdiff.agent.directory.names import partial_path
from heapdiff.agent.system.memory_limits import read_cgroup
from heapdiff.agent.system.procfs import ResidentMemory, format_time, read_memory
from heapdiff.agent.writing.heapfile import HeapTotals
from heapdiff.format import HEAP_SCHEMA, SUMMARY_SCHEMA
from heapdiff.model import CaptureCost, GraphFile, MemoryUse, ProcessInfo, TypeCount

OWN_TYPES: Final = "heapdiff."
BUFFER_BYTES: Final = 1 << 20


@dataclass(frozen=True, slots=True)
class Job:
    """Everything the child needs; nothing is looked up after the fork. The summary's partial file is there already."""

    engine: str
    directory: Path
    stem: str
    label: str | None
    trigger: str
    graph: bool
    values: bool
    version: str
    process: ProcessInfo
    captured_at: str
    memory: ResidentMemory
    cgroup: dict[str, int] | None
    notes: tuple[str, ...] = ()

    @property
    def heap_path(self) -> Path:
        return self.directory / f"{self.stem}.heap"

    @property
    def summary_path(self) -> Path:
        return self.directory / f"{self.stem}.json"

    def describe(self) -> dict[str, Any]:
        """What is known before the walk: the head of the summary, and the graph's INFO."""
        return {
            "heapdiff": self.version,
            "id": self.stem,
            "label": self.label,
            "captured_at": self.captured_at,
            "process": asdict(self.process),
            "trigger": self.trigger,
            "values": self.values,
        }


@dataclass(frozen=True, slots=True)
class Found:
    """What a walk saw."""

    objects: int
    references: int
    bytes: int
    types: tuple[TypeCount, ...]
    walk_ms: float
    graph: GraphFile | None


def describe_process(
    argv: tuple[str, ...], server: str, started_at: str, host: str, requests: int | None
) -> ProcessInfo:
    python = sys.version.split()[0]
    return ProcessInfo(os.getpid(), os.getppid(), host, started_at, argv, python, server or None, requests)


def describe_memory() -> tuple[ResidentMemory, dict[str, int] | None]:
    """The process's memory before the fork; afterwards it is shared, and counts as half."""
    return read_memory() or ResidentMemory(0, None, None), read_cgroup()


def now_text() -> str:
    return format_time(time.time())


def heap_info(job: Job, singletons: Mapping[str, int]) -> dict[str, Any]:
    return {"schema": HEAP_SCHEMA, "engine": job.engine, "singletons": dict(singletons), **job.describe()}


def heap_memory(job: Job, python_object_bytes: int) -> dict[str, Any]:
    used = job.memory
    allocator = {"blocks": sys.getallocatedblocks()}
    return asdict(
        MemoryUse(
            used.rss_bytes, used.pss_bytes, used.private_bytes, python_object_bytes, allocator, job.cgroup
        )
    )


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


@contextlib.contextmanager
def new_file(path: Path, creation: int = os.O_CREAT | os.O_EXCL) -> Iterator[BinaryIO]:
    """A file that appears under its name only when it is complete and on the disk; mode 0600.

    A partial file that was there before stays: it is its maker's.
    """
    partial = partial_path(path)
    descriptor = os.open(partial, os.O_WRONLY | os.O_NOFOLLOW | os.O_CLOEXEC | creation, 0o600)
    try:
        with open(descriptor, "wb", buffering=BUFFER_BYTES) as out:
            yield out
            out.flush()
            os.fsync(descriptor)
        os.rename(partial, path)
    except BaseException:
        if creation & os.O_CREAT:
            with contextlib.suppress(OSError):
                os.unlink(partial)
        raise


def identify_graph(job: Job) -> tuple[int, int] | None:
    """The file that has the graph's final name now."""
    try:
        found = os.lstat(job.heap_path)
    except OSError:
        return None
    return found.st_dev, found.st_ino


def remove_remains(job: Job, before: tuple[int, int] | None) -> None:
    """After a child failed: nothing half-written stays, and no graph without its summary but who stood there before.

    The name is given up last.
    """
    remains = [partial_path(job.heap_path), job.heap_path, partial_path(job.summary_path)]
    if job.summary_path.exists() or identify_graph(job) == before:
        remains.remove(job.heap_path)
    for path in remains:
        with contextlib.suppress(OSError):
            os.unlink(path)
