"""Heaps with a summary, as a snapshot has one: a series of captures of one process, a minute apart."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

from heapdiff.analysis.comparison.comparing import compare
from heapdiff.answers import Comparison
from heapdiff.format import TypeFlag
from heapdiff.graph.heap import HeapGraph
from heapdiff.model import CaptureCost, MemoryUse, ProcessInfo, Summary, TypeCount
from tests.heaps import heap


def summarize(graph: HeapGraph, minute: int = 0, requests: int | None = None, pid: int = 4242) -> Summary:
    """The summary that the agent would write for this graph."""
    counts: Counter[str] = Counter()
    sizes: Counter[str] = Counter()
    names = [None if kind.flags & TypeFlag.PSEUDO else kind.name for kind in graph.types]
    for type_id, size in zip(graph.type_ids.tolist(), graph.sizes.tolist(), strict=True):
        if (counted := names[type_id]) is not None:
            counts[counted] += 1
            sizes[counted] += size
    types = tuple(
        TypeCount(name, counts[name], sizes[name]) for name in sorted(counts, key=lambda name: -sizes[name])
    )
    total = sum(sizes.values())
    return Summary(
        heapdiff="0.1.0",
        id=f"web1-{pid}-{minute:04}-20261122T14{minute:02}07Z",
        label=None,
        captured_at=f"2026-11-22T14:{minute:02}:07.123456Z",
        process=ProcessInfo(
            pid, 1, "web1", "2026-11-22T13:00:00Z", ("gunicorn",), "3.11.7", "gunicorn", requests
        ),
        trigger="signal",
        capture=CaptureCost("native", 1.0, 2.0, 3, sum(counts.values()), len(graph.targets), total),
        memory=MemoryUse(total * 3, None, None, total),
        types=types,
        graph=None,
    )


def captures(*texts: str, requests: int | None = None) -> list[HeapGraph]:
    """One capture per heap text, a minute and `requests` requests apart."""
    made = []
    for minute, text in enumerate(texts):
        graph = heap(text)
        served = None if requests is None else minute * requests
        made.append(replace(graph, summary=summarize(graph, minute, served)))
    return made


@dataclass(frozen=True, slots=True)
class Beyond:
    """What a process has beyond its Python objects, in megabytes."""

    native: float = 0
    files: float = 0
    free: float = 0


def processes(
    texts: str | Sequence[str], beyond: Sequence[Beyond], requests: int | None = None, rss: float = 40
) -> list[HeapGraph]:
    """Captures of a process of so many megabytes, all figures of its allocators known; one text stands for all."""
    texts = [texts] * len(beyond) if isinstance(texts, str) else texts
    made = []
    for graph, more in zip(captures(*texts, requests=requests), beyond, strict=True):
        assert graph.summary is not None
        objects = graph.summary.memory.python_object_bytes
        native, files, free = (round(amount * 1e6) for amount in (more.native, more.files, more.free))
        resident = round(rss * 1e6) + objects + native + files + free
        figures = {
            "anonymous_bytes": resident - files,
            "pymalloc_used_bytes": objects,
            "pymalloc_free_bytes": 0,
            "malloc_used_bytes": native,
            "malloc_free_bytes": free,
        }
        memory = MemoryUse(resident, None, None, objects, figures)
        made.append(replace(graph, summary=replace(graph.summary, memory=memory)))
    return made


def compared(*texts: str, requests: int | None = None) -> Comparison:
    return compare(captures(*texts, requests=requests))
