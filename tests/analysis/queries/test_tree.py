"""The dominator tree as `tree` shows it: named, alike siblings together, heaviest first."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from heapdiff.analysis import build_tree, explain
from heapdiff.analysis.reach.retained import measure
from heapdiff.answers import Cut, Tree, TreeRow
from heapdiff.errors import UsageError
from tests.analysis.summaries import captures

SHOP = """
    shop.models.Session: type
    shop.cache.SESSIONS: dict -> [*]: shop.models.Session * 5 size=100 $s -> .tags: list size=50
    shop.cache.LIMITS: dict -> [*]: str * 2
    shop.audit.LOG: list -> []: bytes * 3 size=1000
    orphan: list -> bytes size=9999
"""


def tree(text: str, start: str = "", limit: int | None = None) -> Tree:
    (graph,) = captures(text)
    return build_tree(graph, start, limit)


def walk(rows: tuple[TreeRow, ...]) -> Iterator[TreeRow]:
    for row in rows:
        yield row
        yield from walk(row.children)


def named(found: Tree, path: str, type_name: str = "") -> TreeRow:
    return next(row for row in walk(found.rows) if row.path == path and row.type.endswith(type_name))


def test_alike_objects_below_one_holder_stand_in_one_row_and_so_do_their_parts() -> None:
    sessions = named(tree(SHOP), "shop.cache.SESSIONS")
    (row,) = [child for child in sessions.children if child.type == "shop.models.Session"]
    assert (row.count, row.bytes, row.retained_bytes, row.address) == (5, 500, 750, "")
    assert [(part.name, part.count, part.retained_bytes) for part in row.children] == [(".tags", 5, 250)]


def test_variables_of_a_module_have_rows_of_their_own_below_it() -> None:
    module = named(tree(SHOP), "shop.cache")
    assert {".SESSIONS", ".LIMITS"} <= {child.name for child in module.children}


def test_rows_are_ordered_and_no_row_weighs_less_than_those_below_it() -> None:
    found = tree(SHOP)
    for row in walk(found.rows):
        weights = [child.retained_bytes for child in row.children]
        assert weights == sorted(weights, reverse=True)
        assert row.retained_bytes >= row.bytes + sum(weights) or "dict" in row.type or row.type == "module"
        assert row.retained_bytes >= sum(weights)


def test_all_rows_at_the_top_add_up_to_all_that_roots_reach() -> None:
    (graph,) = captures(SHOP)
    found = build_tree(graph)
    assert sum(row.retained_bytes for row in found.rows) == found.retained_bytes
    assert found.retained_bytes == graph.sizes[measure(graph).retained[:] > 0].sum()
    assert all(row.path != "<unreachable>.list" for row in walk(found.rows))


def test_the_totals_are_the_snapshots_and_the_difference_is_said() -> None:
    text = f"{SHOP}\nthread MainThread -> frame serve -> local job: shop.Job"
    (graph,) = captures(text)
    found = build_tree(graph)
    assert graph.summary is not None
    assert (found.objects, found.bytes) == (graph.summary.capture.objects, graph.summary.capture.bytes)
    (note,) = found.notes
    assert "leave out 2 unreachable objects (10,087 bytes)" in note
    assert "running frames and heapdiff's own objects (1, 0 bytes)" in note
    assert tree("shop.A: list").notes == ()


def test_modules_are_named_in_the_table_of_modules() -> None:
    found = tree(
        """
        sys.modules: dict $table -> [*]: str name=plain
        interpreter modules: $table -> [plugins.late]: module name=plugins.late -> .CACHE: dict size=9999
        """
    )
    assert named(found, "sys.modules['plugins.late'].CACHE").retained_bytes == 9999


def test_a_limit_keeps_the_heaviest_rows_of_all() -> None:
    everything = sorted((row.retained_bytes for row in walk(tree(SHOP).rows)), reverse=True)
    for limit in (1, 4, 7):
        shown = [row.retained_bytes for row in walk(tree(SHOP, limit=limit).rows)]
        assert sorted(shown, reverse=True) == everything[:limit]


def test_from_a_holder_the_tree_begins_there() -> None:
    found = tree(SHOP, "shop.cache.SESSIONS")
    assert [row.path for row in found.rows] == ["shop.cache.SESSIONS"]
    assert found.retained_bytes == found.rows[0].retained_bytes


def test_from_a_type_nested_objects_are_counted_once() -> None:
    found = tree(
        "shop.HEAD: shop.Node size=10 -> .next: shop.Node size=10 -> .next: shop.Node size=10", "shop.Node"
    )
    assert (found.objects, found.bytes, found.retained_bytes) == (3, 30, 30)
    assert [(row.count, row.retained_bytes) for row in found.rows] == [(1, 30)]


def test_what_two_of_the_named_objects_keep_together_is_said() -> None:
    found = tree(
        """
        shop.BOXES: list -> [0]: shop.Box size=10 -> .same: list size=70 $same
        shop.BOXES -> [1]: shop.Box size=10 -> .same: $same
        """,
        "shop.Box",
    )
    assert found.retained_bytes == 90
    assert found.notes == ("70 bytes are kept by several of them together, not by any one alone.",)


def test_objects_that_no_root_reaches_are_noted_and_retain_nothing() -> None:
    found = tree("shop.A: list\norphan: shop.Lost", "shop.Lost")
    assert (found.objects, found.retained_bytes, found.rows) == (1, 0, ())
    assert "unreachable and waiting" in found.notes[0]


def test_what_is_not_there_is_an_error() -> None:
    with pytest.raises(UsageError):
        tree(SHOP, "shop.cache.SESIONS")


def test_why_says_what_cutting_the_variable_frees() -> None:
    (graph,) = captures(SHOP)
    path = explain(graph, "shop.models.Session").paths[0]
    retained = named(build_tree(graph), "shop.cache.SESSIONS").retained_bytes
    assert path.cut == Cut("shop.cache.SESSIONS", retained)


def test_why_says_what_clearing_a_dict_frees_of_what_is_in_its_keys() -> None:
    (graph,) = captures("shop.cache.SEEN: dict -> [?]: shop.Seen * 5")
    kinds = {graph.type_name(node) for node in range(len(graph))} - {"dict", "module", "shop.Seen"}
    paths = {path.path: path.cut for kind in kinds for path in explain(graph, kind).paths}
    retained = named(build_tree(graph), "shop.cache.SEEN").retained_bytes
    assert paths["shop.cache.SEEN.<key>"] == Cut("shop.cache.SEEN", retained)


def test_why_says_that_cutting_one_of_two_holders_frees_nothing() -> None:
    (graph,) = captures(
        """
        shop.cache.SESSIONS: dict $held
        shop.audit.SEEN: shop.Seen -> .sessions: $held
        """
    )
    cuts = {path.cut for path in explain(graph, "shop.cache.SESSIONS").paths}
    assert cuts == {Cut("shop.cache.SESSIONS", 0), Cut("shop.audit.SEEN.sessions", 0)}


def test_objects_of_several_holders_do_not_pass_for_those_of_one() -> None:
    found = tree(
        "shop.A: dict -> [*]: shop.Box * 3 size=10\nshop.B: dict -> [*]: shop.Box * 2 size=10", "shop.Box"
    )
    assert [(row.name, row.count) for row in found.rows] == [("shop.A['…'] and others", 5)]


def test_few_rows_are_the_heaviest_of_all() -> None:
    everything = sorted((row.retained_bytes for row in walk(tree(SHOP).rows)), reverse=True)
    for limit in range(1, len(everything) + 1):
        found = sorted((row.retained_bytes for row in walk(tree(SHOP, limit=limit).rows)), reverse=True)
        assert found == everything[:limit], limit
