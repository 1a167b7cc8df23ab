"""Containers of a known make: their length, their bound, their own parts; and what only looks like one."""

from __future__ import annotations

import pytest

from heapdiff.analysis.holders.lookup import resolve_holder
from heapdiff.analysis.holders.shapes import content_of, length_of, shape_of, stops_at_bound
from heapdiff.analysis.reach.routes import compute_routes
from heapdiff.graph.heap import HeapGraph
from tests.analysis.summaries import compared
from tests.heaps import heap

WEAK_KEYS = "shop.c.X: weakref.WeakKeyDictionary"
BOUNDED = (
    "shop.c.X: shop.Pages $x\n$x -> ._Cache__data: dict -> [*]: shop.Page * 7\n$x -> ._Cache__maxsize: int"
)


def held(drawing: str) -> tuple[HeapGraph, int]:
    graph = heap(drawing)
    return graph, resolve_holder(compute_routes(graph), "shop.c.X")[0]


@pytest.mark.parametrize(
    ("drawing", "length"),
    [
        ("shop.c.X: dict -> [*]: shop.Page * 7", 7),
        ("shop.c.X: list -> shop.Page * 7", 7),
        ("shop.c.X: list", 0),
        ("shop.c.X: collections.deque", 0),
        ("shop.c.X: lru_cache -> [*]: shop.Page * 7", 7),
        ("shop.c.X: lru_cache", 0),
        (BOUNDED, 7),
        (f"{WEAK_KEYS} -> .data: dict -> [*]: shop.Page * 7", None),
        ("shop.c.X: shop.Page -> .title: str", None),
    ],
)
def test_a_container_has_as_many_entries_as_its_content(drawing: str, length: int | None) -> None:
    assert length_of(*held(drawing)) == length


def test_a_type_of_that_name_without_the_fields_is_another() -> None:
    assert shape_of(*held(WEAK_KEYS)) is None
    known = shape_of(*held(f"{WEAK_KEYS} -> .data: dict"))
    assert known is not None
    assert known.weak_keys


def test_a_cache_is_told_by_its_fields_whatever_its_type_is_called() -> None:
    assert stops_at_bound(*held(BOUNDED))
    assert [held(BOUNDED)[0].type_name(part) for part in content_of(*held(BOUNDED))] == ["dict"]
    without = BOUNDED.replace("_Cache__maxsize", "_Cache__size")
    assert not stops_at_bound(*held(without))
    assert content_of(*held(without)) == []


def test_private_attributes_of_the_applications_own_cache_are_no_parts_of_another_make() -> None:
    course = [
        f"shop.c.X: shop.PageCache -> ._PageCache__rows: dict -> [*]: shop.Page * {count} size=300"
        for count in (50, 250, 450)
    ]
    (found,) = compared(*course, requests=200).suspects
    assert found.holder.path == "shop.c.X._PageCache__rows"
    assert (found.holder.length_before, found.holder.length_after) == (50, 450)
