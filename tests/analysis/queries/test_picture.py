"""The picture: merged trails, folds, roles, a cap, and which edges grow."""

from __future__ import annotations

from dataclasses import replace

import pytest

from heapdiff.analysis import build_picture
from heapdiff.answers import NodeRole, Picture
from heapdiff.errors import UsageError
from tests.analysis.summaries import captures, summarize
from tests.heaps import draw, heap

CACHE = "shop.cache.SESSIONS: dict -> [*]: shop.models.Session * {}"


def titles(picture: Picture, role: NodeRole) -> list[str]:
    return [node.title for node in picture.nodes if node.role is role]


def test_a_type_is_drawn_from_its_module_down_and_repeats_are_folded() -> None:
    picture = build_picture(heap(CACHE.format(2000)), type_name="shop.models.Session")
    assert titles(picture, NodeRole.MODULE) == ["shop.cache"]
    assert titles(picture, NodeRole.GLOBAL) == ["SESSIONS"]
    assert titles(picture, NodeRole.TARGET) == ["shop.models.Session"] * 2
    assert titles(picture, NodeRole.FOLD) == ["+1,998 more Session"]
    assert {edge.label for edge in picture.edges} == {".SESSIONS", "['…']"}
    assert not any(edge.growing for edge in picture.edges)


def test_every_edge_joins_two_boxes_of_the_picture() -> None:
    picture = build_picture(heap(CACHE.format(5)), type_name="shop.models.Session")
    names = {node.id for node in picture.nodes}
    assert len(names) == len(picture.nodes)
    assert all({edge.source, edge.target} <= names for edge in picture.edges)


def test_without_a_choice_the_first_suspect_is_drawn_with_its_growing_edges() -> None:
    picture = build_picture(heap(CACHE.format(1200)), base=heap(CACHE.format(10)))
    assert "shop.cache.SESSIONS" in picture.title
    growing = {edge.label for edge in picture.edges if edge.growing}
    assert growing == {"['…']"}
    assert titles(picture, NodeRole.FOLD) == ["+1,188 more Session"]


def test_a_holder_is_drawn_with_what_it_keeps() -> None:
    picture = build_picture(heap(CACHE.format(4)), holder="shop.cache.SESSIONS")
    assert titles(picture, NodeRole.FOLD) == ["+2 more Session"]


def test_an_lru_cache_has_its_own_role() -> None:
    graph = heap("shop.pricing.quote: lru_cache -> [*]: shop.Price * 5")
    picture = build_picture(graph, holder="shop.pricing.quote.<lru_cache>")
    assert "quote" in titles(picture, NodeRole.CACHE)[0]
    assert titles(picture, NodeRole.FOLD) == ["+3 more Price"]


def test_a_root_that_is_no_module_is_drawn_as_a_root() -> None:
    graph = heap("thread MainThread -> frame serve -> local backlog: list -> [0]: shop.Job")
    picture = build_picture(graph, type_name="shop.Job")
    assert titles(picture, NodeRole.ROOT) == ["<thread MainThread>.serve"]


def test_many_holders_stay_below_the_cap_and_the_rest_is_said() -> None:
    text = "\n".join(f"shop.m{n}.X: list -> [0]: shop.Row" for n in range(100))
    picture = build_picture(heap(text), type_name="shop.Row")
    assert len(picture.nodes) <= 40
    assert any("not drawn" in note for note in picture.notes)


def test_one_object_is_drawn_by_its_address() -> None:
    graph, labels = draw("shop.a.X: list -> [0]: shop.Row $x")
    picture = build_picture(graph, address=f"{int(graph.addresses[labels['x']]):#x}")
    assert titles(picture, NodeRole.TARGET) == ["shop.Row"]


def test_a_million_deep_list_is_drawn_without_its_middle() -> None:
    graph = heap("shop.q.HEAD: shop.Node" + " -> .next: shop.Node" * 300 + " -> .value: shop.Last")
    picture = build_picture(graph, type_name="shop.Last")
    assert len(picture.nodes) <= 40
    assert any("more steps" in node.title for node in picture.nodes)


def test_nothing_grew_is_an_error_that_says_what_to_do() -> None:
    graph = heap(CACHE.format(5))
    with pytest.raises(UsageError):
        build_picture(graph, base=graph)


def test_a_base_of_another_process_is_refused() -> None:
    first, second = captures(CACHE.format(3), CACHE.format(500))
    other = replace(first, summary=summarize(first, pid=77))
    with pytest.raises(UsageError, match="another process"):
        build_picture(second, base=other)


def two_indexes(carts: int) -> str:
    return f"""
        shop.Carts: type -> .by_id: dict -> [?]: shop.Cart * {carts} $cart
        shop.Carts: type -> .by_user: dict -> [*]: $cart
    """


@pytest.mark.parametrize("name", ["by_id", "by_user"])
def test_a_holder_is_drawn_itself_where_the_objects_are_nearer_to_another(name: str) -> None:
    picture = build_picture(heap(two_indexes(5)), holder=f"shop.Carts.{name}")
    assert {edge.label for edge in picture.edges if edge.label.startswith(".by")} == {f".{name}"}
    assert set(titles(picture, NodeRole.TARGET)) == {"shop.Cart"}


def test_what_grew_below_old_entries_is_what_is_new_in_the_holder() -> None:
    buckets = "shop.HITS: dict -> [*]: shop.Bucket * 3 -> .pages: list -> shop.Page * {}"
    before, after = captures(buckets.format(2), buckets.format(40))
    picture = build_picture(after, holder="shop.HITS", base=before)
    assert "114 objects" in picture.subtitle
    assert picture.subtitle.endswith(", new since the base snapshot")
    assert set(titles(picture, NodeRole.TARGET)) == {"shop.Page"}


def test_where_nothing_is_new_the_picture_says_so() -> None:
    graph = heap(CACHE.format(5))
    picture = build_picture(graph, type_name="shop.models.Session", base=graph)
    assert picture.subtitle.endswith(", none of them new since the base snapshot")
