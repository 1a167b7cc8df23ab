"""Containers with nothing, or one thing, in them, and those with more room than they need."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import numpy as np
import pytest

from heapdiff.analysis.waste.ground.worker import Heap
from heapdiff.analysis.waste.structures.emptied_containers import find_emptied_containers
from heapdiff.analysis.waste.structures.empty_containers import find_empty_containers
from heapdiff.analysis.waste.structures.oversized_containers import find_oversized_containers
from heapdiff.analysis.waste.structures.single_containers import find_single_containers
from heapdiff.answers import Finding
from tests.analysis.waste.structures.looking import look

Rule = Callable[[Heap], Iterable[Finding]]


@pytest.mark.parametrize(
    ("rule", "text", "now", "saved"),
    [
        (find_empty_containers, "dict * 1000 size=64", 64, 64),
        (find_empty_containers, "list * 1000 size=56", 64, 64),
        (find_empty_containers, "set * 1000 size=216", 224, 224),
        (find_single_containers, "list * 2000 size=88 -> str", 64 + 32, 48),
        (find_single_containers, "set * 1000 size=216 -> str", 224, 224 - 48),
        (find_single_containers, "dict * 1000 size=184 -> [*]: str", 64 + 128, 192 - 64),
        (find_emptied_containers, "dict * 1000 size=184", 64 + 128, 128),
        (find_emptied_containers, "set * 1000 size=728", 224 + 512, 512),
    ],
)
def test_what_they_take_and_would_save(rule: Rule, text: str, now: int, saved: int) -> None:
    heap = look(f"shop.ORDERS: list -> {text}")
    [found] = rule(heap)
    assert (found.bytes, found.saves_bytes) == (found.count * now, found.count * saved)
    assert found.holder == "shop.ORDERS"
    others = {find_empty_containers, find_single_containers, find_emptied_containers} - {rule}
    assert [each for other in others for each in other(heap)] == []


def test_a_tuple_takes_more_from_python_3_14_on() -> None:
    text = "shop.ORDERS: list -> list * 2000 size=88 -> str"
    saves = [
        [each.saves_bytes for each in find_single_containers(look(text, python))]
        for python in ("3.13.1", "3.14.0")
    ]
    assert saves == [[2000 * 48], [2000 * 32]]


@pytest.mark.parametrize("rule", [find_empty_containers, find_single_containers])
def test_one_that_somebody_else_has_as_well_is_left_alone(rule: Rule) -> None:
    heap = look(
        "shop.ORDERS: list -> dict * 1000 size=64 extra=1\nshop.MORE: list -> list * 2000 size=88 extra=1 -> str"
    )
    assert list(rule(heap)) == []


def test_the_dict_of_an_instance_is_none_of_these() -> None:
    heap = look("shop.ORDERS: list -> shop.Order * 1000 -> .__dict__: dict size=64")
    assert list(find_empty_containers(heap)) == []


def table(bits: int, entry: int) -> int:
    """The size of a dict whose hash table has so many bits."""
    index = {bits < 8: 1, 8 <= bits < 16: 2, bits >= 16: 4}[True]
    return 64 + 32 + (index << bits) + (2 << bits) // 3 * entry


@pytest.mark.parametrize("entry", [16, 24])
def test_a_dict_that_shrank_is_as_small_as_its_copy(entry: int) -> None:
    heap = look(f"shop.SESSIONS: dict size={table(13, entry)} -> [*]: str * 100")
    [found] = find_oversized_containers(heap)
    assert found.title == "shop.SESSIONS has room for 5,461 entries and 100 in it"
    now = np.array([table(13, entry) - 64, table(8, entry) - 64])
    before, after = (now + 8 + 15) // 16 * 16
    assert found.saves_bytes == before - after
    assert found.code == ("SESSIONS = dict(SESSIONS)",)


def test_a_list_and_a_set_that_shrank() -> None:
    heap = look(
        f"shop.A: list size={56 + 8 * 10_000} -> str * 1000\nshop.B: set size={216 + 16 * 8192} -> str * 100"
    )
    found = {each.holder: each.saves_bytes for each in find_oversized_containers(heap)}
    assert found == {"shop.A": 80_000 + 16 - 8016, "shop.B": 131_072 + 16 - (4096 + 16)}


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(f"dict size={table(13, 16)} -> [*]: str * 2730", id="a dict that just grew"),
        pytest.param(f"list size={56 + 8 * 10_000} -> str * 8900", id="a list that just grew"),
        pytest.param(f"set size={216 + 16 * 8192} -> str * 1230", id="a set that just grew"),
        pytest.param("dict * 3000 size=352 -> [*]: str", id="small ones"),
    ],
)
def test_what_growing_alone_leaves_unused_is_no_waste(text: str) -> None:
    assert (
        list(
            find_oversized_containers(
                look(f"shop.A: {text}" if "* 3000" not in text else f"shop.A: list -> {text}")
            )
        )
        == []
    )
