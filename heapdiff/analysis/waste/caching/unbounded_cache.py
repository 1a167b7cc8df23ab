"""Caches that nothing bounds: they hold whatever was ever asked for."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from heapdiff.analysis.naming.amounts import format_bytes
from heapdiff.analysis.waste.caching.caches import Cache, find_caches
from heapdiff.analysis.waste.ground.rule import Rule
from heapdiff.analysis.waste.ground.worker import Heap
from heapdiff.answers import Confidence, Finding, Topic
from heapdiff.knowledge.advice.caches import BOUND, FEW_ENTRIES, GROWN_ENTRIES

RULE: Final = Rule("unbounded-cache", Topic.CACHING)


def find_unbounded_caches(heap: Heap) -> Iterator[Finding]:
    """The application's that have grown, or have many entries where no earlier snapshot shows whether they grow. Of one that
    is of no use a bound isn't the answer.
    """
    for cache in heap.once(find_caches):
        few = FEW_ENTRIES if cache.growth is None else GROWN_ENTRIES
        many = cache.entries if cache.growth is None else cache.growth
        if cache.own and cache.is_bounded is False and many >= few and not cache.is_useless:
            yield _tell(heap, cache)


def _tell(heap: Heap, cache: Cache) -> Finding:
    kind, left = cache.kind, cache.bytes * BOUND // max(cache.entries, 1)
    grown = f", {cache.growth:,} more than before" if cache.growth else ""
    would = f"; {BOUND:,} entries would take about {format_bytes(left)}" if cache.entries > BOUND else ""
    change = f"Give it a bound{would}. If entries get out of date, give them a time to live as well."
    if kind.named:
        change = f"If this dict is a cache, put one with a bound in its place{would}."
    sure = [not kind.named, cache.growth is not None]
    confidence = (Confidence.LOW, Confidence.MEDIUM, Confidence.HIGH)[sum(sure)]
    return RULE.found(
        heap,
        f"{kind.name} without a bound: {cache.name}, {cache.entries:,} entries{grown}, {format_bytes(cache.bytes)}",
        bytes=cache.bytes,
        saves=cache.bytes - left if cache.entries > BOUND else None,
        change=change,
        code=[line.format(bound=BOUND) for line in kind.code],
        check="Take two snapshots while it's in use: heapdiff advise --all lists each cache with its entries and its bound.",
        confidence=confidence,
        reason=_explain(cache),
        holder=cache.place.path,
        type=heap.graph.type_name(cache.node),
        count=cache.entries,
        headline=False if confidence is Confidence.LOW else None,
    )


def _explain(cache: Cache) -> str:
    known = "It has no bound" if not cache.kind.named else "Only its name says that it's a cache"
    if cache.growth is None:
        return f"{known}. Whether it still grows takes a second snapshot."
    return f"{known}, and it grew from {cache.before:,} to {cache.entries:,} entries between the snapshots."
