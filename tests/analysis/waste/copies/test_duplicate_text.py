"""Equal strings and bytes, and what one of each would save."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from heapdiff.analysis.waste.copies.duplicate_text import find_duplicate_text
from heapdiff.analysis.waste.ground.worker import Heap
from heapdiff.answers import Finding
from heapdiff.graph.heap import HeapGraph
from heapdiff.graph.narrow import Narrow
from tests.analysis.summaries import summarize
from tests.heaps import heap

EACH = 656  # of a text of 640 bytes, with malloc's header and rounding


def find(graph: HeapGraph) -> list[Finding]:
    return list(find_duplicate_text(Heap(graph, summarize(graph))))


def test_equal_texts_in_one_place_are_one_finding() -> None:
    """
    ORDERS ──► 300 Order ──► state: text 1 (120 times), text 2 (150), text 3 (30)
    """
    graph = heap(
        """
        shop.orders.ORDERS: dict -> [*]: shop.orders.Order * 120 -> .state: str text=1 size=640
        shop.orders.ORDERS: dict -> [*]: shop.orders.Order * 150 -> .state: str text=2 size=640
        shop.orders.ORDERS: dict -> [*]: shop.orders.Order * 30 -> .state: str text=3 size=640
        """
    )
    (found,) = find(graph)
    assert found.title == "270 strings at shop.orders.ORDERS['…'].state hold only 2 different texts"
    assert (found.count, found.bytes, found.saves_bytes) == (270, 270 * EACH, 268 * EACH)
    assert (found.holder, found.type, found.headline) == ("shop.orders.ORDERS", "str", False)
    assert found.example == "one that takes 640 bytes, 150 times, at shop.orders.ORDERS['…'].state"
    assert found.code[-1].startswith("state = sys.intern(state)")


def test_what_is_inside_a_table_is_told_as_the_tables() -> None:
    """SALES ──► DataFrame ──► manager ──► block ──► 300 texts"""
    (found,) = find(
        heap(
            """
            shop.reports.SALES: pandas.DataFrame -> ._mgr: pandas.BlockManager -> .blocks: tuple -> ref: numpy.ndarray
             -> ref: str * 300 text=1 size=640
            """.replace("\n             ->", " ->")
        )
    )
    assert found.title == "300 strings in shop.reports.SALES hold only 1 text"
    assert found.holder == "shop.reports.SALES"
    assert "category" in found.code[0]


def test_a_few_large_copies_count_as_many_small_ones_do() -> None:
    graph = heap(
        "shop.pages.CACHE: list -> bytes * 3 text=4 size=50033\nshop.pages.CACHE -> bytes * 9 text=5"
    )
    (found,) = find(graph)
    assert found.title == "3 bytes objects at shop.pages.CACHE[…] hold only 1 value"
    assert found.saves_bytes == 2 * 50048
    assert found.example == "one of 50,000 bytes, 3 times, at shop.pages.CACHE[…]"


def test_a_text_that_differs_only_in_what_is_cached_with_it_is_equal_and_the_largest_stays() -> None:
    graph = heap("shop.A: list -> str * 99 text=4 size=1000\nshop.A -> str text=4 size=2000")
    (found,) = find(graph)
    assert found.saves_bytes == 99 * 1008


@pytest.mark.parametrize(
    "drawn",
    [
        "shop.A: list -> str * 90 text=4 size=640",
        "shop.A: list -> str * 50 text=4 size=640\nshop.B: list -> str * 50 text=4 size=640",
        "shop.A: list -> str * 300 text=0 size=640\nshop.B: list -> str text=9",
        "jinja2.A: list -> str * 300 text=4 size=640\nmodule jinja2 of jinja2\nmodule shop of application",
        "orphan: list -> str * 300 text=4 size=640",
    ],
    ids=["a few", "a few in each place", "without a hash", "a library's", "unreachable"],
)
def test_no_finding(drawn: str) -> None:
    assert find(heap(drawn)) == []


def test_a_snapshot_without_hashes_has_none() -> None:
    graph = heap("shop.A: list -> str * 300 size=640")
    assert graph.hashes is None
    assert find(graph) == []


def test_the_text_itself_shows_only_where_the_snapshot_has_values() -> None:
    graph = heap("shop.A: list -> str * 300 text=4 size=640")
    node = int(graph.hashes.nonzero()[0][0]) if graph.hashes is not None else -1
    (found,) = find(replace(graph, values={node: "'paid'"}))
    assert found.example == "'paid', 300 times, at shop.A[…]"


def test_texts_in_several_places_are_a_finding_each() -> None:
    graph = heap(
        "shop.A: list -> str * 300 text=4 size=640\nshop.B: list -> shop.B * 200 -> .note: str text=4 size=640"
    )
    assert [(found.holder, found.count) for found in find(graph)] == [("shop.A", 300), ("shop.B", 200)]


def test_of_keys_it_says_how_to_make_the_dicts() -> None:
    """
    ROWS ──► 200 dicts ──► a key each: text 3
    """
    graph = heap("shop.ROWS: list -> dict * 200 -> [*]: shop.models.Row")
    keys = np.isin(graph.type_ids, [at for at, kind in enumerate(graph.types) if kind.name == "str"])
    sizes = Narrow.of(np.where(keys, 640, graph.sizes), np.uint16)
    (found,) = find(replace(graph, hashes=np.where(keys, 3, 0).astype(np.uint32), sizes=sizes))
    assert found.title == "200 strings at shop.ROWS[…].<key> hold only 1 text"
    assert found.code[-1] == "row = {sys.intern(key): value for key, value in row.items()}"
