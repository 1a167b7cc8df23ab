"""Caches: without a bound, without use, with what nobody gets any more, and the same in each worker. One file per rule."""

from heapdiff.analysis.waste.caching.cache_on_method import find_caches_on_methods
from heapdiff.analysis.waste.caching.cache_per_worker import find_caches_per_worker
from heapdiff.analysis.waste.caching.every_cache import list_caches
from heapdiff.analysis.waste.caching.expired_entries import find_expired_entries
from heapdiff.analysis.waste.caching.low_hit_rate import find_low_hit_rates
from heapdiff.analysis.waste.caching.simple_cache_workers import find_simple_caches
from heapdiff.analysis.waste.caching.unbounded_cache import find_unbounded_caches

HEAP_RULES = (
    find_unbounded_caches,
    find_low_hit_rates,
    find_caches_on_methods,
    find_expired_entries,
    list_caches,
)
WORKER_RULES = (find_caches_per_worker, find_simple_caches)
