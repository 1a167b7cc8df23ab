"""Pages of types and objects."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest

from heapdiff.analysis.browsing import listing
from heapdiff.analysis.browsing.listing import (
    Window,
    find_heaviest,
    list_instances,
    list_types,
    take_heaviest,
)
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
    pages = [list_instances(prepared, "shop.Item", sort, Window(start)) for start in (0, 100, 200)]
    assert [(page.start, len(page.rows)) for page in pages] == [(0, 100), (100, 100), (200, 50)]
    seen = [row.address for page in pages for row in page.rows]
    assert len(set(seen)) == 250
    if sort == "address":
        assert seen == sorted(seen, key=lambda address: int(address, 16))


def test_a_place_behind_the_end_is_on_the_last_page() -> None:
    starts = [Window(wanted).over(250).start for wanted in (-5, 0, 99, 100, 10**9)]
    assert starts == [0, 0, 0, 100, 200]
    assert (Window(7).over(0), Window(200).over(250), Window(12, 10).over(15)) == (
        range(0),
        range(200, 250),
        range(10, 15),
    )


def test_the_heaviest_of_many_are_taken_without_sorting_all() -> None:
    chance = np.random.default_rng(5)
    nodes = np.arange(5_000)
    weights = chance.integers(0, 50, 5_000)
    expected = np.lexsort((nodes, -weights))[:1_000]
    assert take_heaviest(nodes, weights).tolist() == expected.tolist()


@pytest.mark.parametrize("order", ["random", "ascending", "descending", "equal"])
def test_the_heaviest_of_all_are_found_in_one_pass(order: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listing, "BLOCK", 64)
    weights = np.random.default_rng(6).integers(0, 200, 1_000)
    weights = {
        "ascending": np.sort(weights),
        "descending": np.sort(weights)[::-1],
        "equal": weights * 0 + 7,
    }.get(order, weights)
    odd = np.arange(len(weights)) % 2 == 1
    expected = [node for node in np.lexsort((np.arange(len(weights)), -weights)) if weights[node] >= 5]
    assert find_heaviest(weights, 5, most=40).tolist() == expected[:40]
    assert (
        find_heaviest(weights, 5, lambda some: odd[some], 40).tolist()
        == [node for node in expected if odd[node]][:40]
    )


def test_the_largest_of_a_common_type_are_the_same_as_of_a_rare_one(monkeypatch: pytest.MonkeyPatch) -> None:
    prepared = shop(HUB.replace("$hub", "list $hub"))
    found = [list_instances(prepared, "shop.Item", "bytes") for _ in monkeypatch_few(monkeypatch)]
    assert found[0] == found[1]
    assert found[0].total == 250


def monkeypatch_few(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for few in (0, 1_000_000):
        monkeypatch.setattr(listing, "FEW", few)
        yield
