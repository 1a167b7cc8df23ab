"""The same cache in each worker: as many times its bytes as there are workers, and each fills its own."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from heapdiff.analysis.naming.amounts import format_bytes
from heapdiff.analysis.waste.caching.cache_on_method import find_kept_instances
from heapdiff.analysis.waste.caching.caches import Cache, find_caches
from heapdiff.analysis.waste.caching.worker_count import Together, count_workers
from heapdiff.analysis.waste.ground.rule import Rule
from heapdiff.analysis.waste.ground.worker import Worker
from heapdiff.answers import Confidence, Finding, Topic
from heapdiff.knowledge.advice.caches import SIMPLE_CACHES, WORTH_SHARING

RULE: Final = Rule("cache-per-worker", Topic.CACHING)


def find_caches_per_worker(worker: Worker) -> Iterator[Finding]:
    """The application's caches where there are several workers, if sharing one is the answer: other rules say more of a
    SimpleCache, of one that is of no use, and of one that only keeps instances.
    """
    together, heap = count_workers(worker), worker.heap
    if heap is None or together.count < 2:
        return
    for cache in heap.once(find_caches):
        told = cache.kind in SIMPLE_CACHES or cache.is_useless
        if (
            cache.own
            and cache.bytes >= WORTH_SHARING
            and not told
            and not len(find_kept_instances(heap, cache))
        ):
            yield _tell(cache, together)


def _tell(cache: Cache, together: Together) -> Finding:
    several, taken = together.count, together.count * cache.bytes
    named = cache.kind.named
    return RULE.found(
        together,
        f"{cache.name} is cached in each of {several:,} workers, {format_bytes(cache.bytes)} each",
        bytes=taken,
        saves=taken - cache.bytes,
        change="Keep one copy for all workers in Redis, or give the cache a bound that you can afford once per worker.",
        code=(
            'cache = Cache(app, config={"CACHE_TYPE": "RedisCache",',
            '                           "CACHE_REDIS_URL": "redis://redis/0"})',
            "@cache.memoize(timeout=300)",
        ),
        check="Take a snapshot of each worker again and name all of them: heapdiff advise --all lists each cache.",
        confidence=Confidence.LOW if named else Confidence.MEDIUM,
        reason=_explain(cache),
        holder=cache.place.path,
        type=None,
        count=several,
        headline=False if named else None,
    )


def _explain(cache: Cache) -> str:
    guess = "Only its name says that it's a cache. " if cache.kind.named else ""
    return f"{guess}The others run the same code; that they hold as much as this worker is an assumption."
