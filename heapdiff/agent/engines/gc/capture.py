"""The `gc` engine's child: the whole graph with nothing but the standard library. Slow and thorough."""

import contextlib
import gc
import time
from typing import Any

from heapdiff.agent.engines.forked.child import Parent
from heapdiff.agent.engines.gc.types import SINGLETONS
from heapdiff.agent.engines.gc.walk import Walk
from heapdiff.agent.system.threads import RunningThreads, restore_threads
from heapdiff.agent.writing.heapfile import HeapWriter
from heapdiff.agent.writing.job import Job, heap_info
from heapdiff.agent.writing.new_file import new_file
from heapdiff.agent.writing.summary import Found, describe_graph, heap_memory, rank_types, write_summary


class Nowhere:
    """Takes the graph when only the summary was asked for."""

    def write(self, data: bytes) -> int:
        return len(data)


def capture_with_gc(job: Job, threads: RunningThreads, parent: Parent) -> dict[str, Any]:
    """Walk, write both files; returns what the parent wants to know about it."""
    restore_threads(threads)
    gc.unfreeze()
    tracked = gc.get_objects()
    started = time.perf_counter()
    with new_file(job.heap_path) if job.graph else contextlib.nullcontext(Nowhere()) as out:
        writer = HeapWriter(out, heap_info(job, SINGLETONS), values=job.values)  # type: ignore[arg-type]
        walk = Walk(writer, parent.report)
        walk.run(tracked, job, threads)
        types = rank_types((facts.name, facts.count, facts.bytes) for facts in walk.types())
        size = sum(count.bytes for count in types)
        totals = writer.finish(heap_memory(job, size))
    found = Found(
        objects=sum(count.count for count in types),
        references=totals.references,
        bytes=size,
        types=types,
        walk_ms=(time.perf_counter() - started) * 1000,
        graph=describe_graph(job, totals) if job.graph else None,
    )
    return write_summary(job, found, parent.pause_ms())
