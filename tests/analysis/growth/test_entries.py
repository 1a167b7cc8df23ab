"""A holder's new entries are what stands directly below it, whatever hangs further down."""

from __future__ import annotations

import pytest

from heapdiff.analysis.growth.attribution import divide_growth
from heapdiff.analysis.growth.entries import Entries, find_entries_of
from heapdiff.analysis.growth.findings import Later, find_findings
from heapdiff.analysis.growth.survivors import find_survivors
from heapdiff.analysis.reach.routes import compute_routes
from tests.heaps import heap


def entries_of(before: str, after: str) -> Entries:
    """Those of the finding that grew most."""
    first, last = compute_routes(heap(before)), compute_routes(heap(after))
    step = Later(last, divide_growth(first, last, find_survivors(first, last)))
    return find_entries_of(step, find_findings(step)[0])


@pytest.mark.parametrize(
    ("holder", "mainly", "keys"),
    [
        ("shop.x.L: list -> shop.Row * {} -> .show: function", "shop.Row", 0),
        ("shop.x.D: dict -> [*]: shop.Row * {} -> .cells: list -> str * 9", "shop.Row", 90),
        ("shop.x.S: set -> {{}}: str * {}", "str", 0),
        ("shop.x.C: lru_cache -> [*]: shop.Price * {}", "shop.Price", 90),
        ("shop.x.B: shop.Box -> .rows: list -> tuple * {} -> shop.Row", "tuple", 0),
    ],
)
def test_entries_are_what_stands_directly_below_the_holder(holder: str, mainly: str, keys: int) -> None:
    found = entries_of(holder.format(10), holder.format(100))
    assert (found.mainly, len(found.keys), found.count) == (mainly, keys, 90)


def test_entries_of_a_container_that_is_new_itself_are_below_it_not_below_its_keeper() -> None:
    found = entries_of(
        "shop.x.ITEMS: list gen=1 -> shop.Item * 10", "shop.x.ITEMS: list gen=2 -> shop.Row * 200 -> function"
    )
    assert (found.mainly, found.count) == ("shop.Row", 200)


def test_entries_of_many_types_have_no_main_one() -> None:
    kinds = "".join(f"\nshop.x.L -> shop.Kind{at} * {{0}}" for at in range(5))
    text = "shop.x.L: list" + kinds
    found = entries_of(text.format(1), text.format(50))
    assert (found.mainly, found.often, found.count) == ("", frozenset(), 245)
