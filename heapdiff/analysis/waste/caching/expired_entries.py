"""Entries past their time that stay: a SimpleCache drops them only when it has more entries than its threshold."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from heapdiff.analysis.naming.amounts import format_bytes
from heapdiff.analysis.waste.caching.caches import Cache, find_caches
from heapdiff.analysis.waste.ground.rule import Rule
from heapdiff.analysis.waste.ground.worker import Heap
from heapdiff.answers import Confidence, Finding, Topic
from heapdiff.knowledge.advice.caches import FEW_EXPIRED

RULE: Final = Rule("expired-entries", Topic.CACHING)


def find_expired_entries(heap: Heap) -> Iterator[Finding]:
    for cache in heap.once(find_caches):
        if cache.own and FEW_EXPIRED <= (cache.expired or 0) <= cache.entries:
            yield _tell(heap, cache, cache.expired or 0)


def _tell(heap: Heap, cache: Cache, expired: int) -> Finding:
    taken = cache.bytes * expired // cache.entries
    until = f"its threshold of {cache.most:,}" if cache.most is not None else "its threshold"
    return RULE.found(
        heap,
        f"{expired:,} of {cache.entries:,} entries of a {cache.kind.name} have expired, {format_bytes(taken)}, in {cache.name}",
        bytes=taken,
        saves=taken,
        change=f"A {cache.kind.name} drops expired entries only when it has more than {until}: lower that to as many as are in "
        "use at a time, or use Redis, which drops them by itself.",
        code=cache.kind.shared,
        check="heapdiff advise --all lists each cache with its entries and how many have expired.",
        confidence=Confidence.MEDIUM,
        reason="Which entries have expired was counted at the snapshot; that they're as large as the others is an assumption.",
        holder=cache.place.path,
        type=heap.graph.type_name(cache.node),
        count=expired,
    )
