"""Which caches there are: of every known make, and dicts that are called like one."""

from __future__ import annotations

import pytest

from heapdiff.analysis.waste.caching.caches import Cache, find_caches
from heapdiff.analysis.waste.ground.worker import Heap
from tests.analysis.summaries import summarize
from tests.heaps import heap

SHOP = """
    module shop.prices of application
    module shop.app of application
    module cachetools of cachetools
    shop.prices.quote: lru_cache most=128 facts=hits:40,misses:60 -> [*]: tuple * 60
    shop.prices.every: lru_cache facts=hits:1,misses:3 -> [*]: tuple * 3
    shop.prices.TTL: cachetools.TTLCache facts=_Cache__maxsize:500 -> ._Cache__data: dict -> [*]: list * 7
    shop.prices.TTL -> ._Cache__maxsize: int
    shop.prices.INF: cachetools.LRUCache -> ._Cache__data: dict -> [*]: list * 5
    shop.prices.INF -> ._Cache__maxsize: float
    shop.app.PAGES: cachelib.simple.SimpleCache facts=_threshold:800,expired:2 -> ._cache: dict -> [*]: tuple * 6
    shop.app.PAGES -> ._threshold: int
    shop.app.REGION: dogpile.cache.backends.memory.MemoryBackend -> ._cache: dict -> [*]: tuple * 2
    shop.app.COMPILED: sqlalchemy.util._collections.LRUCache facts=capacity:500 -> ._data: dict -> [*]: tuple * 9
    shop.app.COMPILED -> .capacity: int
    shop.app.row_cache: dict -> [*]: list * 11
    shop.app.SESSIONS: dict -> [*]: list * 12
"""


def look(text: str, before: str | None = None) -> dict[str, Cache]:
    graph = heap(text)
    found = find_caches(Heap(graph, summarize(graph), None if before is None else heap(before)))
    return {cache.name: cache for cache in found}


def test_every_make_has_its_entries_and_its_bound() -> None:
    found = look(SHOP)
    assert {
        name: (each.kind.name, each.entries, each.most, each.is_bounded) for name, each in found.items()
    } == {
        "shop.prices.quote": ("lru_cache", 60, 128, True),
        "shop.prices.every": ("lru_cache", 3, None, False),
        "shop.prices.TTL": ("cachetools cache", 7, 500, True),
        "shop.prices.INF": ("cachetools cache", 5, None, None),
        "shop.app.PAGES": ("SimpleCache", 6, 800, True),
        "shop.app.REGION": ("dogpile.cache memory backend", 2, None, False),
        "shop.app.COMPILED": ("SQLAlchemy LRUCache", 9, 500, True),
        "shop.app.row_cache": ("dict", 11, None, False),
    }
    assert {name for name, each in found.items() if not each.own} == {"shop.app.COMPILED"}


def test_hits_misses_and_what_is_over_come_from_the_snapshot() -> None:
    found = look(SHOP)
    assert found["shop.prices.quote"].rate == 0.4
    assert (found["shop.app.PAGES"].expired, found["shop.app.PAGES"].rate) == (2, None)


def test_what_counts_for_a_dict_makes_it_a_cache() -> None:
    """
    quote ──► _InfoWrapper ──cache──► dict
    """
    found = look(
        """
        module shop of application
        shop.quote: cachetools._cached._InfoWrapper facts=_InfoMixin__hits:1,_InfoMixin__misses:9 -> .cache: dict -> [*]: list * 9
        """
    )
    assert [(name, each.kind.name, each.hits, each.misses) for name, each in found.items()] == [
        ("shop.quote", "dict of @cachetools.cached", 1, 9)
    ]


def test_without_any_bound_in_the_snapshot_nobody_can_tell() -> None:
    """A writer that couldn't read the bounds wrote none."""
    assert look("shop.quote: lru_cache -> [*]: tuple * 3")["shop.quote"].is_bounded is None


def test_a_dict_whose_owner_has_a_limit_may_have_a_bound() -> None:
    found = look(
        """
        shop.PRICES: shop.Prices -> ._cache: dict -> [*]: list * 3
        shop.PRICES -> .max_size: int
        """
    )
    assert found["shop.PRICES._cache"].is_bounded is None


@pytest.mark.parametrize("module", ["flask.app of flask", "heapdiff.agent of application"])
def test_what_only_a_library_calls_a_cache_is_left_out(module: str) -> None:
    name = module.partition(" ")[0]
    assert look(f"module {module}\n{name}._cache: dict -> [*]: list * 3") == {}


def test_growth_is_that_of_the_same_cache() -> None:
    found = look(SHOP, SHOP.replace("* 60", "* 20").replace("row_cache: dict", "row_cache: dict gen=x"))
    assert found["shop.prices.quote"].growth == 40
    assert found["shop.prices.every"].growth == 0
    assert found["shop.app.row_cache"].growth is None


def test_the_function_is_none_of_what_its_cache_takes() -> None:
    graph = heap("shop.quote: lru_cache most=9 size=64 -> [*]: bytes size=10000")
    (cache,) = find_caches(Heap(graph, summarize(graph)))
    assert 10_000 < cache.bytes < 10_700
