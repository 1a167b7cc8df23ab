"""Every cache in the process, with what it holds, may hold and has been asked for: to look at, not to worry about."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from heapdiff.analysis.holders.holder import find_library
from heapdiff.analysis.waste.caching.caches import Cache, find_caches
from heapdiff.analysis.waste.ground.rule import Rule
from heapdiff.analysis.waste.ground.worker import Heap
from heapdiff.answers import Confidence, Finding, Topic
from heapdiff.knowledge.advice.amounts import LEAST_BYTES

RULE: Final = Rule("every-cache", Topic.CACHING)
MOST: Final = 100


def list_caches(heap: Heap) -> Iterator[Finding]:
    """Those with entries, the largest first: small ones only where the application made them, and not only by their names."""
    for cache in [each for each in heap.once(find_caches) if _is_worth_telling(heap, each)][:MOST]:
        yield _tell(heap, cache)


def _is_worth_telling(heap: Heap, cache: Cache) -> bool:
    if not cache.entries or cache.bytes >= LEAST_BYTES:
        return bool(cache.entries)
    return cache.own and not cache.kind.named and not find_library(heap.routes, cache.place)


def _tell(heap: Heap, cache: Cache) -> Finding:
    return RULE.found(
        heap,
        f"{cache.kind.name} {cache.name}: {', '.join(_describe(cache))}",
        bytes=cache.bytes,
        saves=None,
        change="Nothing, as long as it's worth what it takes.",
        code=(),
        check="",
        confidence=Confidence.LOW if cache.kind.named else Confidence.HIGH,
        reason="Only its name says that it's a cache."
        if cache.kind.named
        else "It's of a make that heapdiff knows.",
        holder=cache.place.path,
        type=heap.graph.type_name(cache.node),
        count=cache.entries,
        headline=False,
    )


def _describe(cache: Cache) -> Iterator[str]:
    bound = {True: "with a bound", False: "no bound", None: "bound unknown"}[cache.is_bounded]
    if cache.most is not None:
        yield f"{cache.entries:,} of {cache.most:,} entries"
    else:
        yield f"{cache.entries:,} {'entry' if cache.entries == 1 else 'entries'}, {bound}"
    if cache.rate is not None:
        yield f"{100 * cache.rate:.0f} % hits of {(cache.hits or 0) + (cache.misses or 0):,}"
    if cache.expired:
        yield f"{cache.expired:,} expired"
    if cache.growth is not None:
        yield f"{cache.growth:+,} since the first snapshot"
