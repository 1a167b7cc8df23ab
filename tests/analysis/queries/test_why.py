"""`why`: the paths to what the user named, alike ones merged, and help when nothing has that name."""

from __future__ import annotations

import pytest

from heapdiff.analysis import explain
from heapdiff.errors import UsageError
from tests.heaps import draw, heap

SHOP = """
    shop.cache.SESSIONS: dict -> [*]: shop.models.Session * 5 $s -> .tags: list
    shop.cache.FIRST: list -> [0]: $s
    shop.jobs.QUEUE: list -> shop.models.Session * 2
    orphan: shop.models.Session
"""


def test_objects_of_a_type_are_shown_along_merged_paths_most_common_first() -> None:
    why = explain(heap(SHOP), "shop.models.Session")
    assert (why.objects, why.bytes) == (8, 8 * 48)
    assert [(path.path, path.merged) for path in why.paths] == [
        ("shop.cache.SESSIONS['…']", 5),
        ("shop.jobs.QUEUE[…]", 2),
    ]
    assert any("collector" in note for note in why.notes)


MIXED = """
    shop.c.MIXED: dict -> [*]: shop.models.Session * 3
    shop.c.MIXED -> [?]: shop.models.Session * 2
    shop.c.MIXED -> [?]: shop.models.Cart * 4
    shop.c.MIXED -> [*]: shop.models.Cart * 5
    shop.c.MIXED -> [7]: shop.models.Cart
"""


@pytest.mark.parametrize(
    ("what", "paths"),
    [
        (
            "shop.c.MIXED[…]",
            [("[…]", "Cart", 5), ("[…]", "Session", 2)],
        ),
        (
            "shop.c.MIXED['…']",
            [("['…']", "Cart", 5), ("['…']", "Session", 3)],
        ),
        (
            "shop.models.Cart",
            [("['…']", "Cart", 5), ("[…]", "Cart", 5)],
        ),
    ],
)
def test_string_keys_other_keys_and_types_are_told_apart(
    what: str, paths: list[tuple[str, str, int]]
) -> None:
    found = [(path.path, path.type, path.merged) for path in explain(heap(MIXED), what).paths]
    assert found == [(f"shop.c.MIXED{key}", f"shop.models.{name}", count) for key, name, count in paths]


def test_a_cache_with_one_reference_has_one_path() -> None:
    why = explain(
        heap("shop.pricing.quote: lru_cache -> [*]: shop.Price * 3"), "shop.pricing.quote.<lru_cache>"
    )
    assert [path.path for path in why.paths] == ["shop.pricing.quote.<lru_cache>"]


def test_globals_of_one_module_are_told_apart() -> None:
    why = explain(heap("shop.c.A: list\nshop.c.B: list\nshop.d.A: list"), "list")
    assert [(path.path, path.merged) for path in why.paths] == [
        ("shop.c.A", 1),
        ("shop.c.B", 1),
        ("shop.d.A", 1),
    ]


def test_more_than_fifty_paths_are_all_there() -> None:
    why = explain(heap("\n".join(f"shop.c.NAME{number}: shop.V" for number in range(70))), "shop.V")
    assert len(why.paths) == 70
    assert why.notes == ()


@pytest.mark.parametrize(
    "text",
    [
        "shop.c.CARTS: dict -> [*]: shop.Cart * {} -> .items: list",
        "shop.c.CARTS: list -> []: shop.Cart * {} -> .lines: tuple -> [0]: shop.Line -> .items: list",
    ],
)
def test_objects_with_a_parent_each_are_all_counted(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("heapdiff.analysis.queries.why.MOST_TRAILS", 5)
    why = explain(
        heap(text.format(40) + "\nshop.d.CARTS: dict -> [*]: shop.Cart * 3 -> .items: list"), "list"
    )
    assert sum(path.merged for path in why.paths if path.path.endswith(".items")) == 43
    assert why.notes == ()


def test_a_long_list_of_nodes_is_counted_to_its_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("heapdiff.analysis.queries.why.MOST_TRAILS", 5)
    chain = " -> ".join(f".next: shop.Node ${number}" for number in range(200))
    why = explain(heap(f"shop.HEAD: shop.Node -> {chain}"), "shop.Node")
    assert sum(path.merged for path in why.paths) == 201
    assert why.notes == ()


def test_ways_that_were_not_followed_are_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("heapdiff.analysis.queries.why.MOST_TRAILS", 5)
    why = explain(heap("\n".join(f"shop.c.NAME{number}: shop.V" for number in range(70))), "shop.V")
    assert len(why.paths) == 5
    assert "5 of the 70 objects" in why.notes[0]


def test_the_last_part_of_a_types_name_is_enough_if_only_one_has_it() -> None:
    assert explain(heap(SHOP), "Session").objects == 8


def test_an_object_with_two_holders_is_shown_along_both() -> None:
    graph, labels = draw(SHOP)
    why = explain(graph, f"{int(graph.addresses[labels['s']]):#x}")
    assert [path.path for path in why.paths] == ["shop.cache.SESSIONS['…']", "shop.cache.FIRST[0]"]
    assert why.paths[0].address == f"{int(graph.addresses[labels['s']]):#x}"


def test_a_chain_names_each_step_and_the_type_it_leads_to() -> None:
    (path,) = explain(heap(SHOP), "shop.cache.SESSIONS").paths
    assert [(step.step, step.name, step.type) for step in path.chain] == [
        ("module", "shop.cache", "module"),
        ("global", "SESSIONS", "dict"),
    ]


def test_what_nothing_reaches_has_no_path_and_says_so() -> None:
    why = explain(heap("shop.a.X: dict\norphan: shop.Lost"), "shop.Lost")
    assert (why.objects, why.paths) == (1, ())
    assert any("collector" in note for note in why.notes)


@pytest.mark.parametrize(
    ("what", "near"),
    [
        ("shop.models.Sesion", "shop.models.Session"),
        ("Sesion", "shop.models.Session"),
        ("shop.cache.SESSION", "shop.cache.SESSIONS"),
        ("shop.cach.SESSIONS", "shop.cache"),
    ],
)
def test_an_unknown_name_is_answered_with_what_comes_near(what: str, near: str) -> None:
    with pytest.raises(UsageError) as caught:
        explain(heap(SHOP), what)
    assert what in caught.value.message
    assert near in caught.value.hint


@pytest.mark.parametrize("what", ["0x10", "", "no such thing", "...", "[", "0xzz", "<native>", "a" * 10_000])
def test_whatever_is_typed_gets_an_answer_and_no_crash(what: str) -> None:
    with pytest.raises(UsageError):
        explain(heap(SHOP), what)


def test_a_second_container_of_the_same_objects_is_named() -> None:
    text = "shop.Carts: type -> .by_id: dict -> [?]: shop.Cart * 3 $cart\n" + "".join(
        f"shop.Carts: type -> .by_user: dict -> [*]: {label}\n" for label in ("$cart", "$cart1", "$cart2")
    )
    why = explain(heap(text), "shop.Cart")
    (note,) = why.notes
    assert note.startswith("Most of them are also kept by shop.Carts.by_user:")
