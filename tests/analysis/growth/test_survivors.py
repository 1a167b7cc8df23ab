"""An object survived if it has its address, its type, and a way to it that is the same in both snapshots."""

from __future__ import annotations

from heapdiff.analysis.growth.survivors import find_survivors, match_objects
from heapdiff.analysis.reach.routes import compute_routes
from tests.heaps import draw


def survived(before: str, after: str, label: str = "x") -> bool:
    old, _ = draw(before)
    new, labels = draw(after)
    found = find_survivors(compute_routes(old), compute_routes(new))
    return bool(found.before_of[labels[label]] >= 0)


def test_an_object_that_stays_where_it_was_survives() -> None:
    assert survived("shop.a.X: dict $x", "shop.a.X: dict $x")


def test_another_type_at_the_same_address_is_another_object() -> None:
    assert not survived("shop.a.X: dict @0x5000", "shop.a.X: list @0x5000 $x")


def test_a_reused_address_under_another_holder_is_another_object() -> None:
    # before: CACHE ──► row at 0x5000; it died, and QUEUE got a new row at its address
    before = "shop.a.CACHE: list -> [0]: shop.Row @0x5000\nshop.a.QUEUE: list"
    after = "shop.a.CACHE: list\nshop.a.QUEUE: list -> [0]: shop.Row @0x5000 $x"
    assert not survived(before, after)


def test_a_whole_reused_structure_is_new_however_alike_its_insides_are() -> None:
    # row ──► .tags: both at the addresses of a dead pair, joined as that was
    before = "shop.a.CACHE: list -> [0]: shop.Row @0x5000 -> .tags: list @0x6000\nshop.a.QUEUE: list"
    after = "shop.a.CACHE: list\nshop.a.QUEUE: list -> [0]: shop.Row @0x5000 -> .tags: list @0x6000 $x"
    assert not survived(before, after)


def test_an_object_survives_a_move_to_another_index() -> None:
    before = "shop.a.Q: list -> [0]: shop.Row @0x4000\nshop.a.Q -> [1]: shop.Row @0x5000"
    after = "shop.a.Q: list -> [0]: shop.Row @0x5000 $x"
    assert survived(before, after)


def test_an_object_that_only_lost_one_of_two_holders_survives() -> None:
    before = "shop.a.A: list -> [0]: shop.Row @0x5000 $r\nshop.a.B: list -> [0]: $r"
    after = "shop.a.B: list -> [0]: shop.Row @0x5000 $x"
    assert survived(before, after)


def test_a_tuple_with_other_content_has_taken_the_place_of_another() -> None:
    # CACHE ──► tuple at 0x5000 in both, but what it holds differs
    before = "shop.a.CACHE: list -> [0]: tuple @0x5000 -> [0]: shop.Row"
    after = "shop.a.CACHE: list -> [0]: tuple @0x5000 $x -> [0]: shop.Other"
    assert not survived(before, after)
    assert survived(before, before.replace("@0x5000", "@0x5000 $x"))


def test_a_string_of_another_size_has_taken_the_place_of_another() -> None:
    assert not survived("shop.a.L: list -> [0]: str @0x5000 size=60", "shop.a.L: list -> [0]: str @0x5000 $x")


def test_survivors_are_told_from_both_sides() -> None:
    old, was = draw("shop.a.X: dict $x\nshop.a.Y: list $gone")
    new, now = draw("shop.a.W: list\nshop.a.X: dict $x")
    found = find_survivors(compute_routes(old), compute_routes(new))
    assert found.before_of[now["x"]] == was["x"]
    assert found.after_of[was["x"]] == now["x"]
    assert found.after_of[was["gone"]] == -1


def test_nothing_matches_an_empty_heap() -> None:
    empty, _ = draw("")
    full, _ = draw("shop.a.X: dict")
    assert (match_objects(empty, full) == -1).all()
    assert len(match_objects(full, empty)) == 0
