"""Pages of types and objects."""

from __future__ import annotations

import numpy as np
import pytest

from heapdiff.analysis.browsing.listing import list_instances, list_types, start_of_page, take_heaviest
from heapdiff.errors import UsageError
from tests.analysis.browsing.looking import HUB, shop


def test_types_are_ordered_as_asked_and_found_by_part_of_their_name() -> None:
    prepared = shop()
    counts = [row.count for row in list_types(prepared, "count")]
    assert counts == sorted(counts, reverse=True)
    (row,) = list_types(prepared, contains="SESSION")
    assert (row.type, row.count, row.bytes, row.retained_bytes) == ("shop.models.Session", 5, 500, 750)


def test_an_unknown_order_or_type_is_refused() -> None:
    for wrong in (
        lambda: list_types(shop(), "colour"),
        lambda: list_instances(shop(), "bytes", "colour"),
        lambda: list_instances(shop(), "nobody.Knows"),
    ):
        with pytest.raises(UsageError):
            wrong()


@pytest.mark.parametrize("sort", ["retained", "bytes", "address"])
def test_the_pages_of_a_list_have_each_object_once(sort: str) -> None:
    prepared = shop(HUB.replace("$hub", "list $hub"))
    pages = [list_instances(prepared, "shop.Item", sort, start) for start in (0, 100, 200)]
    assert [(page.start, len(page.rows)) for page in pages] == [(0, 100), (100, 100), (200, 50)]
    seen = [row.address for page in pages for row in page.rows]
    assert len(set(seen)) == 250
    if sort == "address":
        assert seen == sorted(seen, key=lambda address: int(address, 16))


def test_a_place_behind_the_end_is_on_the_last_page() -> None:
    assert [start_of_page(wanted, 250) for wanted in (-5, 0, 99, 100, 10**9)] == [0, 0, 0, 100, 200]
    assert start_of_page(7, 0) == 0


def test_the_heaviest_of_many_are_taken_without_sorting_all() -> None:
    chance = np.random.default_rng(5)
    nodes = np.arange(5_000)
    weights = chance.integers(0, 50, 5_000)
    expected = np.lexsort((nodes, -weights))[:1_000]
    assert take_heaviest(nodes, weights).tolist() == expected.tolist()
