"""The numbers of objects: odd, different, and the same again for what lives on."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from heapdiff.export.chrome import identities
from heapdiff.export.chrome.identities import number_objects
from heapdiff.graph.heap import HeapGraph
from heapdiff.model import Address
from tests.heaps import draw, heap

BEFORE = """
    shop.CACHE: dict -> [*]: shop.Session * 30 size=56 -> .tags: list size=88
    shop.TEXT: str size=60 @0x40000
    shop.LIST: list size=60 @0x40100
"""


def numbers_of(graph: HeapGraph) -> dict[int, int]:
    return dict(zip(graph.addresses.tolist(), number_objects(graph).tolist(), strict=True))


def test_they_are_odd_different_and_beyond_the_reserved_ones() -> None:
    numbers = number_objects(heap(BEFORE)).tolist()
    assert len(set(numbers)) == len(numbers)
    assert all(number % 2 == 1 and 64 < number < 2**32 for number in numbers)


def test_what_lives_on_keeps_its_number_and_what_is_new_has_another() -> None:
    before, after = numbers_of(heap(BEFORE)), numbers_of(heap(BEFORE.replace("* 30", "* 50")))
    assert before.items() <= after.items()
    assert len(set(after.values())) == len(after)


def test_another_type_or_another_text_at_the_same_address_is_another_object() -> None:
    after = BEFORE.replace("LIST: list", "LIST: set").replace("str size=60", "str size=61")
    then, now = numbers_of(heap(BEFORE)), numbers_of(heap(after))
    assert then[0x40000] != now[0x40000]
    assert then[0x40100] != now[0x40100]


def test_a_list_that_grows_is_the_same_object() -> None:
    now = numbers_of(heap(BEFORE.replace("LIST: list size=60", "LIST: list size=90")))
    assert now[0x40100] == numbers_of(heap(BEFORE))[0x40100]


@pytest.mark.parametrize("agree", [1, 3, 9], ids=["once", "three times", "always"])
def test_those_that_would_share_a_number_get_different_ones(
    agree: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn = identities._draw

    def poor(*given: object) -> object:
        found = drawn(*given)  # type: ignore[arg-type]
        return found % np.uint32(7) + np.uint32(40) if given[-1] < agree else found  # type: ignore[operator]

    monkeypatch.setattr(identities, "_draw", poor)
    monkeypatch.setattr(identities, "BLOCK", 8)
    numbers = number_objects(heap(BEFORE)).tolist()
    assert len(set(numbers)) == len(numbers)
    assert numbers == number_objects(heap(BEFORE)).tolist()
    assert all(number % 2 == 1 and number > 64 for number in numbers)


def test_blocks_make_no_difference(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = number_objects(heap(BEFORE)).tolist()
    monkeypatch.setattr(identities, "BLOCK", 5)
    assert number_objects(heap(BEFORE)).tolist() == whole


def test_a_class_of_the_same_name_that_was_made_anew_is_another_type() -> None:
    graph, _ = draw(BEFORE)
    moved = [
        replace(kind, address=Address(kind.address + 64)) if "Session" in kind.name else kind
        for kind in graph.types
    ]
    changed = number_objects(graph) != number_objects(replace(graph, types=moved))
    assert [graph.type_name(node) for node in np.flatnonzero(changed).tolist()] == ["shop.Session"] * 30
