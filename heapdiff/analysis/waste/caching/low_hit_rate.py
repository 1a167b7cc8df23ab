"""Caches that hardly ever have what they're asked for."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from heapdiff.analysis.naming.amounts import format_bytes
from heapdiff.analysis.waste.caching.cache_on_method import find_kept_instances
from heapdiff.analysis.waste.caching.caches import Cache, find_caches
from heapdiff.analysis.waste.ground.rule import Rule
from heapdiff.analysis.waste.ground.wording import code_word
from heapdiff.analysis.waste.ground.worker import Heap
from heapdiff.answers import Confidence, Finding, Topic
from heapdiff.knowledge.advice.caches import LRU_CACHE

RULE: Final = Rule("low-hit-rate", Topic.CACHING)


def find_low_hit_rates(heap: Heap) -> Iterator[Finding]:
    """The application's that count, with more than a few misses and next to no hits; but for one that only keeps instances, of
    which another rule says more.
    """
    for cache in heap.once(find_caches):
        if cache.own and cache.is_useless and not len(find_kept_instances(heap, cache)):
            yield _tell(heap, cache, cache.hits or 0, cache.misses or 0)


def _tell(heap: Heap, cache: Cache, hits: int, misses: int) -> Finding:
    asked = hits + misses
    lost = max(misses - cache.entries, 0)
    change = "Remove the cache, or key it on something that is asked for again."
    if cache.is_bounded and lost > cache.entries:
        change = f"Remove the cache. It has dropped {lost:,} entries: if the same keys do come again, only later, make it larger."
    decorator = "functools.lru_cache" if cache.kind is LRU_CACHE else "cachetools.cached"
    return RULE.found(
        heap,
        f"{cache.name} had {hits:,} of {asked:,} results in its cache ({100 * hits / asked:.1f} %), {format_bytes(cache.bytes)}",
        bytes=cache.bytes,
        saves=cache.bytes,
        change=change,
        code=(f"# @{decorator}(...)", f"def {code_word(cache.name.rpartition('.')[2], 'function')}(...):"),
        check="Without it, the view must be as fast as before. If you keep it, watch its hits with cache_info().",
        confidence=Confidence.HIGH,
        reason=f"The cache itself counts: {hits:,} hits and {misses:,} misses since the process started or it was last cleared.",
        holder=cache.place.path,
        type=heap.graph.type_name(cache.node),
        count=cache.entries,
    )
