"""Dicts that are records, and numbers that are objects."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from heapdiff.analysis.waste.structures import list_in_frame
from heapdiff.analysis.waste.structures.boxed_numbers import find_boxed_numbers
from heapdiff.analysis.waste.structures.list_in_frame import find_lists_in_frames
from heapdiff.analysis.waste.structures.same_keys import find_same_keys
from heapdiff.answers import Finding
from tests.analysis.waste.structures.looking import look


def records(count: int, *keys: str, holder: str = "shop.catalog.ROWS: list", label: str = "d") -> str:
    """Dicts of so many bytes with the same key objects."""
    lines = ["shop.NUMBER: int $number", f"{holder} -> dict * {count} size=184 ${label}"]
    return "\n".join(
        [*lines, *(f"${label}{at or ''} -> [{key}]: $number" for at in range(count) for key in keys)]
    )


def test_dicts_with_the_same_keys_would_be_smaller_as_instances_with_slots() -> None:
    [found] = find_same_keys(look(records(1000, "sku", "title", "price")))
    assert found.title == "1,000 dicts with the same 3 keys in shop.catalog.ROWS"
    assert (found.bytes, found.saves_bytes) == (1000 * (64 + 128), 1000 * (64 + 128 - 64))
    assert found.code[:3] == ("@dataclass(slots=True)", "class Row:", "    sku: int")
    assert "{sku: int, title: int, price: int}" in found.example


def test_the_order_of_the_keys_is_of_no_matter_but_which_they_are_is() -> None:
    turned = (
        records(500, "sku", "title")
        + "\n"
        + records(500, "title", "sku", label="e", holder="shop.catalog.ROWS: list")
    )
    other = (
        records(500, "sku", "title")
        + "\n"
        + records(500, "sku", "price", label="e", holder="shop.catalog.ROWS: list")
    )
    assert [each.count for each in find_same_keys(look(turned))] == [1000]
    assert list(find_same_keys(look(other))) == []


def test_each_holder_has_a_finding_of_its_own_and_a_librarys_has_none() -> None:
    text = "\n".join(
        (
            records(1000, "a", "b", holder="shop.A: list"),
            records(1100, "a", "b", holder="shop.B: list", label="e"),
            records(1200, "a", "b", holder="sqlalchemy.CACHE: list", label="f"),
        )
    )
    assert [each.holder for each in find_same_keys(look(text))] == ["shop.B", "shop.A"]


def test_namespaces_are_no_records() -> None:
    text = records(1000, "a", "b").replace(
        "list -> dict", "list -> shop.Row * 1000 $row\n$row -> .__dict__: dict"
    )
    assert list(find_same_keys(look(text))) == []


def test_keys_that_are_equal_but_not_the_same_object_go_with_their_dicts() -> None:
    heap = look("shop.catalog.ROWS: list -> dict * 1000 size=184 -> [*]: int * 2")
    assert list(find_same_keys(heap)) == []
    first = heap.graph.first_edge
    rows = heap.of_type("dict")[np.diff(first)[heap.of_type("dict")] == 4]
    keys = np.sort(np.concatenate([first[rows], first[rows] + 2]))
    hashes = np.zeros(len(heap.graph), np.uint32)
    hashes[heap.graph.targets[keys]] = np.tile([7, 9], len(keys) // 2)
    [found] = find_same_keys(replace(heap, graph=replace(heap.graph, hashes=hashes)))
    assert (found.count, found.saves_bytes) == (1000, 1000 * (64 + 128 - 48) + 2000 * 64)


def numbers(text: str) -> list[Finding]:
    return list(find_boxed_numbers(look(text)))


def test_numbers_in_a_long_list_would_take_eight_bytes_each() -> None:
    [found] = numbers("shop.prices.HISTORY: list size=16056 -> float * 2000")
    now = 64 + 16016 + 2000 * 32
    assert (found.count, found.bytes, found.holder) == (2000, now, "shop.prices.HISTORY")
    assert found.saves_bytes == now - 80 - 16016
    assert found.code[1] == 'HISTORY = array("d", HISTORY)'


def test_lists_of_one_holder_are_one_finding() -> None:
    [found] = numbers("shop.prices.HISTORY: dict -> [*]: list * 40 size=856 -> int * 100")
    assert found.title == "4,000 ints in 40 lists of shop.prices.HISTORY, each an object of its own"
    assert found.code[1].startswith('numbers = array("q"')


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("shop.A: list size=16056 -> float * 1999\nshop.A -> str", id="something else in it"),
        pytest.param("shop.A: list size=16056 -> int * 2000 size=36", id="too large for 64 bits"),
        pytest.param("shop.A: list size=16056 -> float * 2000 extra=1", id="others have the numbers, too"),
        pytest.param("shop.A: dict -> [*]: list * 100 size=456 -> float * 50", id="short ones"),
    ],
)
def test_other_lists_are_left_alone(text: str) -> None:
    assert numbers(text) == []


def test_a_list_that_only_a_running_function_has_is_a_hint(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(list_in_frame, "LONG", 100)
    text = """
    shop.views.export: function home=shop.views $export
    thread MainThread -> frame export -> internal function: $export
    thread MainThread -> frame export -> local rows: list size=96056 $rows -> shop.Row * 120
    """
    [found] = find_lists_in_frames(look(text))
    assert (found.count, found.saves_bytes, found.headline) == (120, None, False)
    assert found.bytes == 96_056 + 120 * 48
    assert list(find_lists_in_frames(look(text + "shop.views.KEPT: list -> $rows"))) == []
