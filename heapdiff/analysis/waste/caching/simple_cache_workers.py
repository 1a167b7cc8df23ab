"""A SimpleCache in an application with several workers: each has its own, and a deletion reaches only one."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from heapdiff.analysis.naming.amounts import format_bytes
from heapdiff.analysis.waste.caching.caches import Cache, find_caches
from heapdiff.analysis.waste.caching.worker_count import Together, count_workers
from heapdiff.analysis.waste.ground.rule import Rule
from heapdiff.analysis.waste.ground.worker import Worker
from heapdiff.answers import Confidence, Finding, Topic
from heapdiff.knowledge.advice.caches import SIMPLE_CACHES, WORKERS

RULE: Final = Rule("simple-cache-workers", Topic.CACHING)


def find_simple_caches(worker: Worker) -> Iterator[Finding]:
    """Those in use, where there are several workers; or may be, by the server."""
    together, heap = count_workers(worker), worker.heap
    likely = together.count > 1 or worker.latest.summary.process.server in WORKERS
    for cache in heap.once(find_caches) if heap is not None and likely else ():
        if cache.kind in SIMPLE_CACHES and cache.entries:
            yield _tell(worker, cache, together)


def _tell(worker: Worker, cache: Cache, together: Together) -> Finding:
    several, taken = together.count, together.count * cache.bytes
    sure, server = several > 1, worker.latest.summary.process.server
    where = f"in each of {several:,} workers, {format_bytes(cache.bytes)} each" if sure else f"under {server}"
    return RULE.found(
        together,
        f"A SimpleCache {where}, in {cache.name}",
        bytes=taken,
        saves=taken - cache.bytes if sure else None,
        change="Use a backend that all workers share: what one worker deletes from its SimpleCache or renews there stays as it "
        "was in the others.",
        code=cache.kind.shared,
        check="Clear the cache through one worker and ask the others: all must answer anew.",
        confidence=Confidence.HIGH if sure else Confidence.LOW,
        reason="It's made for one process: what it holds is in the worker's own memory."
        if sure
        else "It's made for one process. Name the snapshots of all workers to see how many there are.",
        holder=cache.place.path,
        type=worker.heap.graph.type_name(cache.node) if worker.heap is not None else None,
        count=several,
        headline=sure,
    )
