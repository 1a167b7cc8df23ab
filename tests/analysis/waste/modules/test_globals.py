"""Large variables of modules, and defaults that collect."""

from __future__ import annotations

from heapdiff.analysis.waste.ground.worker import Heap
from heapdiff.analysis.waste.modules.large_globals import find_large_globals
from heapdiff.analysis.waste.modules.mutable_defaults import find_mutable_defaults
from heapdiff.answers import Confidence
from tests.analysis.summaries import captures, summarize
from tests.heaps import heap


def look(text: str, earlier: str | None = None) -> Heap:
    if earlier is None:
        graph = heap(text)
        return Heap(graph, summarize(graph))
    before, after = captures(earlier, text)
    assert after.summary is not None
    return Heap(after, after.summary, before)


def test_a_global_counts_with_what_only_it_keeps() -> None:
    (found,) = find_large_globals(look("shop.catalog.ROWS: dict -> [*]: dict * 30 -> str size=500000"))
    assert found.holder == "shop.catalog.ROWS"
    assert found.title == "shop.catalog.ROWS keeps 30 entries in a dict"
    assert 15_000_000 < found.bytes < 15_050_000
    assert found.headline


def test_a_global_that_grows_is_a_headline_from_a_megabyte_on() -> None:
    rows = "shop.catalog.ROWS: list -> [*]: dict * {} size=100000"
    quiet, grown = look(rows.format(30)), look(rows.format(30), rows.format(20))
    assert [each.headline for each in find_large_globals(quiet)] == [False]
    (found,) = find_large_globals(grown)
    assert found.headline
    assert found.title == "shop.catalog.ROWS keeps 30 entries in a list, 10 more than in the first snapshot"
    assert found.confidence is Confidence.HIGH


def test_what_a_rule_on_data_names_is_left_to_it() -> None:
    assert [*find_large_globals(look("shop.media.FILES: dict -> [*]: bytes * 3 size=12000000"))] == []


def test_the_way_leads_down_to_the_container_that_has_it() -> None:
    text = "shop.app.STATE: shop.app.State -> .rows: list -> [*]: dict * 30 size=500000"
    (found,) = find_large_globals(look(text))
    assert found.holder == "shop.app.STATE"
    assert found.example == "most of it hangs on shop.app.STATE.rows"


def test_code_libraries_and_what_they_made_are_no_waste() -> None:
    heap_ = look(
        """
        module flask of flask
        module shop.app of application
        shop.app.app: flask.app.Flask size=20000000
        shop.app.home: function size=20000000 home=shop.app
        flask.CACHE: dict size=20000000
        shop.app.BLOB: bytes size=20000000
        """
    )
    assert list(find_large_globals(heap_)) == []


def test_a_default_that_collects_is_found_with_its_argument() -> None:
    (found,) = find_mutable_defaults(
        look("shop.views.search: function home=shop.views -> default acc: list -> [*]: str * 30 size=100000")
    )
    assert found.holder == "shop.views.search.<default acc>"
    assert found.title == "The default of acc in shop.views.search has 30 entries"
    assert found.saves_bytes == found.bytes > 3_000_000
    assert found.code == ("def search(..., acc=None):", "    if acc is None:", "        acc = []")


def test_a_small_default_counts_when_it_grows() -> None:
    text = "shop.views.search: function home=shop.views -> kwdefault seen: set -> {}: str * "
    assert list(find_mutable_defaults(look(f"{text} 20"))) == []
    (found,) = find_mutable_defaults(look(f"{text} 20", f"{text} 5"))
    assert (found.confidence, found.headline) == (Confidence.HIGH, False)
    assert "15 more than in the first snapshot" in found.title


def test_a_librarys_defaults_and_empty_ones_are_no_waste() -> None:
    heap_ = look(
        """
        module jinja2 of jinja2
        jinja2.render: function home=jinja2 -> default cache: dict -> [*]: str * 3 size=1000000
        shop.views.search: function home=shop.views -> default acc: list size=2000000
        shop.views.other: function home=shop.views -> default acc: tuple -> str size=2000000
        """
    )
    assert list(find_mutable_defaults(heap_)) == []
