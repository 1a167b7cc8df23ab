"""What is said about caches, and what isn't."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

import pytest

from heapdiff.analysis.comparison.captured import Captured
from heapdiff.analysis.waste.advising import HEAP_RULES
from heapdiff.analysis.waste.arranging import find_waste
from heapdiff.analysis.waste.caching.cache_on_method import find_caches_on_methods
from heapdiff.analysis.waste.caching.cache_per_worker import find_caches_per_worker
from heapdiff.analysis.waste.caching.every_cache import list_caches
from heapdiff.analysis.waste.caching.expired_entries import find_expired_entries
from heapdiff.analysis.waste.caching.low_hit_rate import find_low_hit_rates
from heapdiff.analysis.waste.caching.simple_cache_workers import find_simple_caches
from heapdiff.analysis.waste.caching.unbounded_cache import find_unbounded_caches
from heapdiff.analysis.waste.ground.worker import Heap, Worker
from heapdiff.answers import Confidence, Finding
from heapdiff.format import EdgeKind, ModuleOwner, RootKind, TypeFlag
from heapdiff.graph.heap import HeapGraph, Owner
from heapdiff.model import Summary
from tests.analysis.summaries import summarize
from tests.builder import Handle
from tests.heaps import GraphBuilder, heap

BASE = "module shop of application\nmodule re of standard\nshop.seen: collections.deque most=9\n"


def found_by(
    rule: Callable[[Heap], Iterable[Finding]], text: str, before: str | None = None
) -> list[Finding]:
    graph = heap(BASE + text)
    return list(rule(Heap(graph, summarize(graph), None if before is None else heap(BASE + before))))


def quote(entries: int, options: str = "", size: int = 1000) -> str:
    return f"shop.quote: lru_cache {options} -> [*]: bytes * {entries} size={size}"


def test_a_cache_without_a_bound_that_grew_is_named_with_what_a_bound_leaves() -> None:
    (found,) = found_by(find_unbounded_caches, quote(2048), quote(1000))
    assert found.title.startswith(
        "lru_cache without a bound: shop.quote, 2,048 entries, 1,048 more than before, 2."
    )
    assert (found.holder, found.confidence, found.headline) == (
        "shop.quote.<lru_cache>",
        Confidence.HIGH,
        True,
    )
    assert found.saves_bytes == pytest.approx(found.bytes / 2, rel=0.001)
    assert found.code == ("@functools.lru_cache(maxsize=1024)",)


def test_one_that_is_large_may_grow() -> None:
    (found,) = found_by(find_unbounded_caches, quote(1000))
    assert (found.confidence, found.saves_bytes) == (Confidence.MEDIUM, None)
    assert "takes a second snapshot" in found.reason


@pytest.mark.parametrize(
    ("text", "before"),
    [
        (quote(999), None),
        (quote(2000), quote(1950)),
        (quote(2000, "most=4096"), None),
        (quote(2000).replace("shop", "re"), None),
        (quote(2000, "facts=hits:9,misses:2009"), None),
    ],
    ids=["few", "hardly grows", "bounded", "of a library", "of no use"],
)
def test_others_are_not(text: str, before: str | None) -> None:
    assert found_by(find_unbounded_caches, text, before) == []


def test_a_dict_that_is_only_called_a_cache_is_a_headline_when_it_grows() -> None:
    table = "shop.PAGE_CACHE: dict -> [*]: bytes * {} size=2000"
    (guess,) = found_by(find_unbounded_caches, table.format(2000))
    assert (guess.confidence, guess.headline) == (Confidence.LOW, False)
    (grown,) = found_by(find_unbounded_caches, table.format(2000), table.format(500))
    assert (grown.confidence, grown.headline) == (Confidence.MEDIUM, True)
    assert "If this dict is a cache" in grown.change


def test_a_cache_that_never_has_what_is_asked_for_saves_all_that_it_takes() -> None:
    (found,) = found_by(find_low_hit_rates, quote(100, "most=100 facts=hits:50,misses:5000", 20_000))
    assert found.title.startswith("shop.quote had 50 of 5,050 results in its cache (1.0 %), 2.")
    assert (found.saves_bytes, found.headline, found.confidence) == (found.bytes, True, Confidence.HIGH)
    assert "dropped 4,900 entries" in found.change


@pytest.mark.parametrize(
    "facts",
    ["hits:0,misses:1000", "hits:600,misses:5000", "misses:5000"],
    ids=["few", "some hits", "no hits told"],
)
def test_of_others_the_rate_is_good_or_unknown(facts: str) -> None:
    assert found_by(find_low_hit_rates, quote(100, f"facts={facts}")) == []


def around_a_method(
    count: int, function: str = "Product.price", kept: int = 0, arguments: bool = False
) -> HeapGraph:
    """
    Product.price ──► lru_cache ──► dict ──key──► tuple ──► Product
                                          ──value──► float
    ALL ──► list ──► Product            (the first `kept`)
    """
    builder = GraphBuilder()

    def space_of(owner: Handle) -> Handle:
        space = builder.add_object("dict", key=f"space {owner}")
        builder.add_edge(owner, space, EdgeKind.ATTRIBUTE, name="__dict__")
        return space

    module = builder.add_object("module", name="shop", key="shop")
    builder.add_root(RootKind.MODULE, "shop", module)
    builder.set_owner("shop", Owner(ModuleOwner.APPLICATION))
    names = space_of(module)
    product_class = builder.add_object("type", name="Product", key="class")
    builder.set_type("shop.Product", flags=TypeFlag.HEAP_TYPE | TypeFlag.GC, node=product_class)
    builder.add_global(names, "Product", product_class)
    cache = builder.add_object("functools._lru_cache_wrapper", key="cache")
    builder.add_global(space_of(product_class), "price", cache)
    inside = builder.add_object("dict", key="inside")
    builder.add_edge(cache, inside, EdgeKind.INTERNAL, name="cache")
    wrapped = builder.add_object("function", name=function, key="function")
    builder.add_edge(cache, wrapped, EdgeKind.INTERNAL, name="func")
    everything = builder.add_object("list", key="all")
    builder.add_global(names, "ALL", everything)
    for number in range(count):
        product = builder.add_object("shop.Product", size=2000, key=f"product {number}")
        key = builder.add_object("tuple", size=48, key=f"key {number}")
        builder.add_edge(key, product, EdgeKind.ELEMENT, index=0)
        if arguments:
            builder.add_edge(key, everything, EdgeKind.ELEMENT, index=1)
        builder.add_item(inside, key, builder.add_object("float", size=24, key=f"value {number}"))
        if number < kept:
            builder.add_edge(everything, product, EdgeKind.ELEMENT, index=number)
    return builder.build()


def methods(graph: HeapGraph) -> list[Finding]:
    return list(find_caches_on_methods(Heap(graph, summarize(graph))))


def test_a_cache_on_a_method_keeps_what_nothing_else_does() -> None:
    (found,) = methods(around_a_method(1000))
    assert found.title.startswith(
        "lru_cache on the method shop.Product.price keeps 1,000 Product objects alive, 2."
    )
    assert (found.type, found.count, found.headline) == ("shop.Product", 1000, True)
    assert found.saves_bytes == found.bytes


def test_what_to_do_depends_on_whether_it_takes_arguments() -> None:
    (alone,), (more,) = methods(around_a_method(10)), methods(around_a_method(10, arguments=True))
    assert alone.code[:2] == ("@functools.cached_property", "def price(self):")
    assert more.code[1] == "def price_of(product_id, ...):  # outside the class"


def test_of_instances_that_live_anyway_only_the_others_are_saved() -> None:
    (found,) = methods(around_a_method(1000, kept=600))
    assert found.count == 400
    assert found.saves_bytes is not None
    assert 400 * 2016 <= found.saves_bytes <= 400 * 2250


def test_of_a_method_whose_instances_all_live_anyway_nothing_is_said() -> None:
    assert methods(around_a_method(100, kept=100)) == []


@pytest.mark.parametrize("function", ["price", "make.<locals>.price"])
def test_a_function_that_is_no_method_may_have_objects_as_keys(function: str) -> None:
    assert methods(around_a_method(100, function)) == []


SIMPLE = """
    module cachelib.simple of cachelib
    shop.PAGES: cachelib.simple.SimpleCache facts=_threshold:5000,expired:{expired} -> ._threshold: int
    shop.PAGES -> ._cache: dict -> [*]: tuple * 1000 size=4000
"""


def test_entries_past_their_time_are_counted_not_the_bytes_of_each() -> None:
    (found,) = found_by(find_expired_entries, SIMPLE.format(expired=500))
    assert found.title.startswith("500 of 1,000 entries of a SimpleCache have expired, 2.")
    assert (found.headline, found.confidence) == (True, Confidence.MEDIUM)
    assert found_by(find_expired_entries, SIMPLE.format(expired=99)) == []


def test_more_are_over_than_there_are_only_in_a_forged_file() -> None:
    assert found_by(find_expired_entries, SIMPLE.format(expired=1001)) == []


def worker(
    text: str, others: int = 0, change: Callable[[Summary], Summary] = lambda summary: summary
) -> Worker:
    graph = heap(BASE + text)
    mine = summarize(graph)
    named = [change(summarize(graph, pid=5000 + number)) for number in range(others)]
    return Worker([Captured(mine, graph, mine.id)], [Captured(each, None, each.id) for each in named])


def titles(findings: Iterable[Finding]) -> Sequence[str]:
    return [each.title for each in findings]


def test_the_same_cache_in_four_workers_takes_four_times_its_bytes() -> None:
    (found,) = find_caches_per_worker(worker(quote(1000, "most=1024", 2000), others=3))
    assert found.title.startswith("shop.quote is cached in each of 4 workers, 2.")
    assert (found.bytes, found.saves_bytes, found.headline) == (
        4 * found.bytes // 4,
        found.bytes * 3 // 4,
        True,
    )
    assert found.share == pytest.approx(1, abs=0.05)  # of all workers' objects


@pytest.mark.parametrize(
    "change",
    [
        lambda summary: replace(summary, process=replace(summary.process, parent_pid=77)),
        lambda summary: replace(summary, process=replace(summary.process, argv=("celery",))),
    ],
    ids=["of another master", "of another program"],
)
def test_other_processes_are_no_workers_of_the_same_application(change: Callable[[Summary], Summary]) -> None:
    assert not [*find_caches_per_worker(worker(quote(1000, "most=1024", 2000), 3, change))]


@pytest.mark.parametrize(
    ("options", "others"),
    [("most=1024", 0), ("most=1024 facts=hits:0,misses:1001", 3)],
    ids=["alone", "of no use"],
)
def test_a_cache_of_one_process_or_of_no_use_needs_no_sharing(options: str, others: int) -> None:
    assert not [*find_caches_per_worker(worker(quote(1000, options, 2000), others))]


def test_a_simple_cache_in_several_workers_is_a_headline_whatever_it_takes() -> None:
    small = SIMPLE.format(expired=0).replace("* 1000", "* 3")
    (found,) = find_simple_caches(worker(small, others=1))
    assert found.title.startswith("A SimpleCache in each of 2 workers, ")
    assert (found.headline, found.confidence) == (True, Confidence.HIGH)
    (maybe,) = find_simple_caches(worker(small))
    assert (maybe.headline, maybe.saves_bytes, maybe.confidence) == (False, None, Confidence.LOW)
    assert not [*find_caches_per_worker(worker(SIMPLE.format(expired=0), others=1))]


def test_a_simple_cache_under_a_server_of_one_process_is_right() -> None:
    alone = worker(SIMPLE.format(expired=0))
    summary = replace(alone.latest.summary, process=replace(alone.latest.summary.process, server="waitress"))
    assert not [*find_simple_caches(Worker([replace(alone.latest, summary=summary)]))]


def test_every_cache_is_listed_with_what_is_known_of_it() -> None:
    text = f"""
        {quote(40, "most=128 facts=hits:30,misses:90")}
        {SIMPLE.format(expired=7)}
        re._cache: dict -> [*]: tuple size=90000
        shop.row_cache: dict -> [*]: list * 2 size=30000
        shop.EMPTY: lru_cache most=5
    """
    assert titles(found_by(list_caches, text, text.replace("* 40", "* 30"))) == [
        "SimpleCache shop.PAGES: 1,000 of 5,000 entries, 7 expired, +0 since the first snapshot",
        "cache of the standard library re._cache: 1 of 512 entries, +0 since the first snapshot",
        "dict shop.row_cache: 2 entries, no bound, +0 since the first snapshot",
        "lru_cache shop.quote: 40 of 128 entries, 25 % hits of 120, +10 since the first snapshot",
    ]


def test_small_caches_are_listed_only_where_the_application_made_them() -> None:
    """
    re._cache ──► 90 tuples    shop.row_cache ──► 2 lists    shop.DB ──.pool──► a library's Pool ──.quote──► lru_cache
    """
    text = f"""
        module orm.pool of orm
        {quote(3, "most=128", size=10)}
        re._cache: dict -> [*]: tuple * 90
        shop.row_cache: dict -> [*]: list * 2
        shop.DB: orm.pool.Pool -> .quote: lru_cache most=128 -> [*]: bytes * 9
    """
    assert titles(found_by(list_caches, text)) == ["lru_cache shop.quote: 3 of 128 entries"]


def test_nothing_about_libraries_and_small_caches_is_a_headline() -> None:
    text = """
        module flask.app of flask
        module jinja2.utils of jinja2
        flask.app.table: lru_cache facts=hits:1,misses:9000 -> [*]: bytes * 3000 size=2000
        shop.env: jinja2.utils.LRUCache facts=capacity:50 -> ._mapping: dict -> [*]: bytes * 50 size=90000
        shop.env -> .capacity: int
    """
    graph = heap(BASE + text)
    assert [
        each.title for each in find_waste(Heap(graph, summarize(graph)), HEAP_RULES) if each.headline
    ] == []


@pytest.mark.parametrize(
    ("make", "word"),
    [("cachelib.simple", "cachelib.RedisCache"), ("flask_caching.backends.simplecache", "CACHE_TYPE")],
)
def test_a_simple_cache_is_told_in_the_words_of_the_library_that_it_is_of(make: str, word: str) -> None:
    text = SIMPLE.format(expired=500).replace("cachelib.simple", make)
    (found,) = found_by(find_expired_entries, text)
    assert word in "\n".join(found.code)
    (shared,) = find_simple_caches(worker(text, others=1))
    assert shared.code == found.code
