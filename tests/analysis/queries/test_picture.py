"""The picture: merged trails, folds, roles, a cap, and which edges grow."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from heapdiff.analysis import build_picture, compare, compare_and_report
from heapdiff.analysis.holders.following import Following, Wanted
from heapdiff.analysis.reach.origins import Homes
from heapdiff.analysis.reach.routes import compute_routes
from heapdiff.answers import Confidence, NodeRole, Picture, PictureNode, VerdictKind
from heapdiff.errors import UsageError
from heapdiff.graph.heap import HeapGraph
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
    before, after = captures(CACHE.format(10), CACHE.format(1200))
    picture = build_picture(after, base=before)
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
    before, after = captures(CACHE.format(5), CACHE.format(5))
    with pytest.raises(UsageError, match="nothing to draw: STABLE") as caught:
        build_picture(after, base=before)
    assert "--holder" in caught.value.hint


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
    before, after = captures(CACHE.format(5), CACHE.format(5))
    picture = build_picture(after, type_name="shop.models.Session", base=before)
    assert picture.subtitle.endswith(", none of them new since the base snapshot")


def test_boxes_say_retained_bytes_beside_their_own() -> None:
    graph = heap("shop.cache.SESSIONS: dict size=100 -> [*]: shop.Session size=50 -> .tags: list size=1000")
    picture = build_picture(graph, type_name="shop.Session")
    facts = {node.title: node.lines for node in picture.nodes}
    assert facts["shop.Session"] == ("50 bytes own, 1.1 kB retained",)
    assert picture.subtitle.startswith("1 object, 50 bytes of its own, 1.1 kB retained")
    assert facts["SESSIONS"][0] == "dict"


USERS = "shop.BY_USER: dict -> [*]: shop.User * {users} -> .visits: list -> shop.Visit * {each}"


def test_merged_holders_are_one_box_that_says_how_many_it_stands_for() -> None:
    before, after = captures(USERS.format(users=120, each=2), USERS.format(users=120, each=30))
    suspect = compare([before, after]).suspects[0]
    picture = build_picture(after, base=before)
    (visits,) = [node for node in picture.nodes if node.title == "visits"]
    assert suspect.holders == 120
    assert suspect.holder.path in picture.title
    assert visits.lines[1:3] == ("120 like this, together:", "3,600 entries")
    assert any("120 holders like this one" in note for note in picture.notes)
    (fold,) = [node for node in picture.nodes if node.role is NodeRole.FOLD]
    assert (fold.title, fold.lines[0]) == ("+3,358 more Visit", "3,360 new in all:")
    assert "['…']" in {edge.label for edge in picture.edges}


def test_what_does_not_fit_is_counted_with_its_bytes() -> None:
    text = "\n".join(f"shop.m{n}.X: list -> [0]: shop.Row size=1000" for n in range(100))
    picture = build_picture(heap(text), type_name="shop.Row")
    drawn = len(titles(picture, NodeRole.TARGET))
    (note,) = picture.notes
    assert note.startswith(f"{100 - drawn} more objects ({100 - drawn}.0 kB) on {100 - drawn} other paths")


def test_alike_holders_that_are_too_many_to_look_at_one_by_one_are_all_counted() -> None:
    picture = build_picture(heap(USERS.format(users=1500, each=2)), type_name="shop.Visit")
    assert titles(picture, NodeRole.FOLD) == ["+2,998 more Visit"]
    assert picture.notes == ()


HEALTHY = "shop.fresh.RECENT: collections.deque most=512 -> shop.Row * {}"


def test_nothing_is_red_where_the_comparison_suspects_nothing() -> None:
    before, after = captures(HEALTHY.format(10), HEALTHY.format(200), requests=100)
    comparison = compare([before, after])
    picture = build_picture(after, base=before)
    assert {suspect.confidence for suspect in comparison.suspects} == {Confidence.LOW}
    assert picture.verdict == comparison.verdict
    assert "What grew" not in picture.title
    assert not any(edge.growing for edge in picture.edges)


def test_the_pictures_of_all_suspects_are_those_that_are_drawn_one_by_one() -> None:
    text = "shop.a.X: list -> shop.Row * {0} size=500\nshop.b.Y: dict -> [*]: shop.Cart * {0} size=90"
    before, after = captures(text.format(5), text.format(400))
    comparison, report = compare_and_report([before, after])
    first, second = report.pictures
    assert report.comparison == comparison == compare([before, after])
    assert first == build_picture(after, base=before)
    alone = build_picture(after, base=before, holder=comparison.suspects[1].holder.path)
    assert (second.nodes, second.edges) == (alone.nodes, alone.edges)
    assert compare_and_report([before, after], pictures=1)[1].pictures == (first,)


def test_nothing_is_red_where_native_memory_has_no_holder() -> None:
    before, after = captures(HEALTHY.format(10), HEALTHY.format(200), requests=100)
    summary = after.summary
    assert summary is not None
    memory = replace(summary.memory, rss_bytes=summary.memory.rss_bytes + (200 << 20))
    grown = replace(after, summary=replace(summary, memory=memory))
    picture = build_picture(grown, base=before)
    assert picture.verdict is not None
    assert picture.verdict.kind is VerdictKind.NATIVE
    assert not any(edge.growing for edge in picture.edges)


def test_a_healthy_holder_that_the_user_chose_is_not_red_beside_a_leak() -> None:
    both = f"{CACHE}\n{HEALTHY}"
    before, after = captures(both.format(10, 10), both.format(400, 400), requests=100)
    assert compare([before, after]).verdict.kind in (VerdictKind.LEAK, VerdictKind.GROWTH)
    assert any(edge.growing for edge in build_picture(after, base=before).edges)
    healthy = build_picture(after, holder="shop.fresh.RECENT", base=before)
    assert not any(edge.growing for edge in healthy.edges)


def test_the_picture_draws_the_first_suspect_of_the_comparison() -> None:
    text = "shop.a.X: list -> shop.Row * {0} size=500\nshop.b.Y: dict -> [*]: shop.Cart * {1} size=90"
    for grown in ((400, 20), (20, 400)):
        before, after = captures(text.format(5, 5), text.format(*grown))
        assert compare([before, after]).suspects[0].holder.path in build_picture(after, base=before).title


def object_of(graph: HeapGraph, node: PictureNode) -> int:
    return int(graph.index_of(int(node.id.partition("#")[0], 16)))


def missing_references(graph: HeapGraph, picture: Picture) -> list[str]:
    """Arrows that stand for no reference of the graph."""
    homes, boxes = compute_routes(graph).homes, {node.id: node for node in picture.nodes}
    missing = []
    for edge in picture.edges:
        source, target = boxes[edge.source], boxes[edge.target]
        if not edge.label or source.title.startswith("… "):
            continue
        owner, wanted = object_of(graph, source), object_of(graph, target)
        several = any("like this" in line for line in source.lines)
        alike = np.flatnonzero(graph.type_ids == graph.type_ids[owner]) if several else np.array([owner])
        if not leads(homes, edge.label, alike, wanted):
            missing.append(f"{source.title} {edge.label} {target.title}")
    return missing


def leads(homes: Homes, label: str, owners: NDArray[np.int64], wanted: int) -> bool:
    """Whether the label reads as one or two steps from one of these to that object."""
    following = Following(homes, Wanted(f"_{label}_"))
    ways = [(1, owners)]
    while ways:
        at, nodes = ways.pop()
        if at == len(label) + 1 and wanted in nodes:
            return True
        if at <= len(label) and len(nodes):
            ways += [way for way in following.go_on(nodes, at) if way[0] > at]
    return False


PICTURES = [
    (CACHE.format(20), "shop.models.Session"),
    (USERS.format(users=30, each=3), "shop.Visit"),
    (two_indexes(6), "shop.Cart"),
    ("shop.q.HEAD: shop.Node" + " -> .next: shop.Node" * 300 + " -> .value: shop.Last * 3", "shop.Last"),
    (
        "shop.a.X: list $x -> shop.Row * 4 $r\nshop.b.Y: dict -> [*]: shop.Box -> .row: $r\nshop.c.Z: $x",
        "shop.Row",
    ),
    ("shop.pricing.quote: lru_cache -> [*]: shop.Price * 5", "shop.Price"),
    ("shop.tasks.run: function -> closure pending: set -> {}: shop.Job * 4", "shop.Job"),
]


@pytest.mark.parametrize(("text", "name"), PICTURES)
def test_every_arrow_stands_for_a_reference_that_exists(text: str, name: str) -> None:
    graph = heap(text)
    picture = build_picture(graph, type_name=name)
    assert picture.edges
    assert missing_references(graph, picture) == []


def test_arrows_of_merged_holders_stand_for_references_that_exist() -> None:
    before, after = captures(USERS.format(users=40, each=2), USERS.format(users=40, each=30))
    assert missing_references(after, build_picture(after, base=before)) == []


def test_new_entries_are_drawn_though_another_way_to_them_is_shorter() -> None:
    # shop.INDEX notes what shop.ALL keeps, and one row of its own
    def draw_rows(count: int) -> str:
        numbers = ["", *range(1, count)]
        return f"""
            shop.ALL: list -> [0]: shop.Row * {count} $row
            shop.INDEX: dict -> [*]: shop.Box -> .rows: list $rows -> shop.Own
            {"".join(f"{chr(10)}$rows -> $row{number}" for number in numbers)}
        """

    before, after = captures(draw_rows(3), draw_rows(40))
    picture = build_picture(after, holder="shop.INDEX['…'].rows", base=before)
    assert picture.subtitle.startswith("37 objects")
    assert missing_references(after, picture) == []
