"""What somebody types, and what it finds."""

from __future__ import annotations

import pytest

from heapdiff.analysis.browsing.searching import list_from_size, search
from tests.analysis.browsing.looking import node_of, shop


def test_a_type_is_found_by_part_of_its_name_and_whole_with_its_objects() -> None:
    prepared = shop()
    part = search(prepared, "session")
    assert [row.type for row in part.types] == ["shop.models.Session"]
    whole = search(prepared, " shop.models.Session ")
    assert (whole.objects.total, len(whole.objects.rows)) == (5, 5)


def test_an_object_is_found_by_its_address_and_by_its_path() -> None:
    prepared = shop()
    node = node_of(prepared, "shop.models.Session")
    address = f"{int(prepared.graph.addresses[node]):#x}"
    assert [row.address for row in search(prepared, address).objects.rows] == [address]
    by_path = search(prepared, "shop.cache.SESSIONS")
    assert [row.type for row in by_path.objects.rows] == ["dict"]


@pytest.mark.parametrize(
    "what", ["0x10", "0x" + "f" * 40, "no.such.thing", "[" * 3000, "", "…", "\x00\u202e"]
)
def test_what_finds_nothing_says_what_to_do(what: str) -> None:
    found = search(shop(), what)
    assert found.objects.total == 0
    assert found.types or found.hint or not what


def test_the_largest_objects_come_first() -> None:
    page = list_from_size(shop(), 1000, "bytes")
    assert [row.bytes for row in page.rows] == [9999, 1064, 1000, 1000, 1000]
    weights = [row.retained_bytes for row in list_from_size(shop(), 100).rows]
    assert weights == sorted(weights, reverse=True)
