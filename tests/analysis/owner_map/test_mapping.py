"""Who owns a heap: package, module, holder, what is in it; alike siblings together, in exact sums.

shop ── shop.cache ── SESSIONS ── ['…'] * 3 ── .tags * 3
"""

from __future__ import annotations

import json

from hypothesis import given, settings

from heapdiff.analysis.owner_map.grouping import MOST_LEVELS
from heapdiff.analysis.reach.routes import compute_routes
from heapdiff.answers import GroupKind, OwnerMap, write_paths
from heapdiff.graph.heap import HeapGraph
from heapdiff.render.json import render_json
from tests.analysis.owner_map.drawing import below, find_slowly, group_at, mapped, written
from tests.any_graphs import any_graphs
from tests.heaps import heap

SHOP = """
    module shop.cache of application
    module flask.globals of flask
    module json.decoder of standard
    module ast of standard
    shop.cache.SESSIONS: dict size=300 -> [*]: shop.models.Session * {sessions} size=100 -> .tags: list size=50
    shop.cache.ROWS: list -> []: bytes * 2 size=1000
    flask.globals.G: list
    json.decoder.Z: list
    ast.Y: list
    thread MainThread -> frame serve -> local backlog: list size=70
    native: list extra=1 size=5
    orphan: list size=9999
"""


def shop(sessions: int) -> HeapGraph:
    return heap(SHOP.replace("{sessions}", str(sessions)))


def test_a_package_has_its_modules_and_a_module_its_variables() -> None:
    found = mapped(shop(3))
    packages = {group.label: number for number, group in enumerate(found.groups) if group.parent < 0}
    assert packages.keys() >= {"shop", "flask", "(standard library)", "(thread stacks)", "(native code)"}
    assert [group.label for group in below(found, packages["(standard library)"])] == ["ast", "json.decoder"]
    (module,) = below(found, packages["shop"])
    assert (module.kind, module.label, module.type) == (GroupKind.MODULE, "shop.cache", "module")
    assert {group.label for group in below(found, found.groups.index(module))} >= {".SESSIONS", ".ROWS"}


def test_alike_objects_below_one_holder_are_one_group_and_so_are_their_parts() -> None:
    found = mapped(shop(3))
    sessions = group_at(found, "shop.cache.SESSIONS['…']")
    assert (sessions.type, sessions.objects, sessions.own_objects) == ("shop.models.Session", 6, 3)
    assert (sessions.bytes, sessions.own_bytes) == (450, 300)
    tags = group_at(found, "shop.cache.SESSIONS['…'].tags")
    assert (tags.type, tags.objects, tags.bytes) == ("list", 3, 150)


def test_keys_and_values_of_other_types_are_groups_of_their_own() -> None:
    found = mapped(heap("shop.A: dict -> [*]: int * 2 size=28\nshop.A: dict -> [*]: str * 3 size=50"))
    assert group_at(found, "shop.A['…']", "int").objects == 2
    assert group_at(found, "shop.A['…']", "str").objects == 3
    assert group_at(found, "shop.A.<key>").objects == 5


def test_threads_are_named_without_their_numbers_and_native_code_by_type() -> None:
    found = mapped(shop(1))
    assert group_at(found, "<thread MainThread>.serve.<local backlog>").bytes == 70
    assert group_at(found, "<native>.list").bytes == 5
    two = mapped(heap("thread Worker-1 -> frame run\nthread Worker-2 -> frame run"))
    assert group_at(two, "<thread Worker-…>.run").own_objects == 2


def test_what_an_objects_dict_has_the_object_has() -> None:
    text = "shop.A: shop.Thing size=40 -> .__dict__: dict size=200 -> [name]: str size=60"
    thing = group_at(mapped(heap(text)), "shop.A")
    assert thing.own_bytes == 240
    assert group_at(mapped(heap(text)), "shop.A.name").bytes == 60


def test_a_functions_code_is_part_of_it() -> None:
    text = """
        shop.view: function size=100 -> .__code__: code size=200 -> .co_consts: tuple size=50 -> [0]: str size=30
        shop.view: function -> .__name__: str size=7
        shop.view: function -> .cache: dict size=900
    """
    found = mapped(heap(text))
    view, cache = group_at(found, "shop.view"), group_at(found, "shop.view.cache")
    assert [group.label for group in below(found, found.groups.index(view))] == [".cache", ".<key>"]
    assert (cache.bytes, view.own_bytes >= 387) == (900, True)


def test_the_groups_at_the_top_add_up_to_all_that_roots_reach() -> None:
    graph = shop(3)
    found = mapped(graph)
    reached = compute_routes(graph).reached
    assert found.bytes == graph.sizes[reached].sum()
    assert found.objects == reached.sum()
    assert found.unreachable_bytes == graph.sizes[~reached].sum() == 9999
    assert_sums(found)


def assert_sums(found: OwnerMap) -> None:
    tops = [group for group in found.groups if group.parent < 0]
    assert sum(group.bytes for group in tops) == found.bytes
    assert sum(group.objects for group in tops) == found.objects
    parts: dict[int, list[int]] = {}
    for number, group in enumerate(found.groups):
        assert group.parent < number
        parts.setdefault(group.parent, []).append(number)
    for number, group in enumerate(found.groups):
        children = [found.groups[child] for child in parts.get(number, [])]
        assert group.bytes == group.own_bytes + sum(child.bytes for child in children)
        assert group.objects == group.own_objects + sum(child.objects for child in children)
        if group.kind is not GroupKind.MORE:
            for at, before in enumerate(group.bytes_before):
                assert before >= sum(child.bytes_before[at] for child in children)


def test_groups_of_two_snapshots_are_matched_by_path() -> None:
    found = mapped(shop(3), shop(10))
    sessions = group_at(found, "shop.cache.SESSIONS['…']")
    assert (sessions.objects_before, sessions.objects, sessions.objects_delta) == ((6,), 20, 14)
    assert (sessions.bytes_before, sessions.bytes_delta) == ((450,), 7 * 150)
    assert group_at(found, "flask.globals.G").bytes_delta == 0
    assert_sums(found)


def test_what_went_is_still_there_with_nothing_and_what_came_had_nothing() -> None:
    found = mapped(heap("shop.A: list size=500"), heap("shop.B: list size=70"), heap("shop.B: list size=90"))
    gone, new = group_at(found, "shop.A"), group_at(found, "shop.B")
    assert (gone.bytes, gone.bytes_before, gone.bytes_delta) == (0, (500, 0), -500)
    assert (new.bytes, new.bytes_before, new.bytes_delta) == (90, (0, 70), 90)


def test_a_linked_list_is_three_groups_however_long_it_is() -> None:
    text = "shop.HEAD: shop.Node $a -> .next: shop.Node $b"
    for number in range(200):
        text += (
            f"\n$n{number - 1} -> .next: shop.Node $n{number}" if number else "\n$b -> .next: shop.Node $n0"
        )
    found = mapped(heap(text))
    last = group_at(found, "shop.HEAD.next.next.next")
    assert (last.own_objects, last.objects) == (199, 199)


def test_what_is_very_deep_belongs_to_what_leads_there() -> None:
    steps = " -> ".join(f".a{number}: shop.N" for number in range(MOST_LEVELS + 20))
    graph = heap(f"shop.HEAD: shop.N -> {steps}")
    found = mapped(graph)
    assert_sums(found)
    assert max(path.count(".a") for path in write_paths(found.groups)) <= MOST_LEVELS


def test_a_map_is_never_larger_than_it_may_be_and_its_sums_stay_exact() -> None:
    lines = [f"shop.m{at % 7}.V{at}: list size={100 + at} -> []: bytes * 2 size={at}" for at in range(60)]
    before, after = heap("\n".join(lines[:50])), heap("\n".join(lines))
    whole = mapped(before, after)
    for most in (1, 2, 3, 5, 8, 20, 50, 100, 1000):
        found = mapped(before, after, most=most)
        assert len(found.groups) <= most
        assert len(found.groups) == len(whole.groups) or len(found.groups) >= most - 7 - 60
        assert_sums(found)
        assert sum(g.bytes_delta for g in found.groups if g.parent < 0) == sum(
            g.bytes_delta for g in whole.groups if g.parent < 0
        )
    rests = [group for group in mapped(before, after, most=20).groups if group.kind is GroupKind.MORE]
    assert rests
    assert all(group.merged > 0 for group in rests)


def test_siblings_stand_heaviest_first_and_a_rest_last() -> None:
    found = mapped(shop(3), most=12)
    for number in range(-1, len(found.groups)):
        children = below(found, number)
        kinds = [group.kind is GroupKind.MORE for group in children]
        assert kinds == sorted(kinds)
        weights = [group.bytes for group in children if group.kind is not GroupKind.MORE]
        assert weights == sorted(weights, reverse=True)


def test_its_json_says_what_it_is() -> None:
    document = json.loads(render_json("owner-map/1", mapped(shop(3))))
    assert document["schema"] == "owner-map/1"
    assert document["groups"][0].keys() >= {"parent", "kind", "label", "type", "bytes", "bytes_before"}


@settings(max_examples=60, deadline=None)
@given(any_graphs())
def test_it_is_what_one_finds_object_by_object(graphs: tuple[HeapGraph, HeapGraph]) -> None:
    for graph in graphs:
        assert written(mapped(graph)) == find_slowly(compute_routes(graph))
    assert_sums(mapped(*graphs))
    assert_sums(mapped(*graphs, most=3))
