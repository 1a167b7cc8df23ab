"""The tables say what the graph says, and a column that isn't built is never a wrong answer."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from heapdiff.errors import UsageError

pytest.importorskip("duckdb")

from heapdiff.analysis.holders.shapes import length_of
from heapdiff.analysis.reach import retained
from heapdiff.analysis.reach.routes import compute_routes
from heapdiff.export.sql import open_query
from heapdiff.export.sql.columns import (
    NO_LENGTH,
    count_entries,
    find_sources,
    number_nodes,
)
from heapdiff.export.sql.tables import Statement
from heapdiff.format import EdgeKind
from tests.analysis.summaries import summarize
from tests.export.sql.asking import BOUNDS, ask
from tests.heaps import heap

SHOP = """
    shop.CACHE: dict -> [*]: shop.Session * 3 size=56 -> .tags: list size=88
    shop.LIST: list -> []: str * 4 size=50 text=7
    shop.EMPTY: list
    native: bytes size=1000
    orphan: set -> {}: shop.Job * 2
"""


def test_objects_are_the_graph_s() -> None:
    graph = heap(SHOP)
    rows = ask("SELECT * FROM objects ORDER BY node", SHOP)
    assert [row[0] for row in rows] == list(range(len(graph)))
    assert [row[1] for row in rows] == [hex(address) for address in graph.addresses.tolist()]
    assert [row[2] for row in rows] == [graph.type_name(node) for node in range(len(graph))]
    assert [row[3] for row in rows] == graph.sizes.tolist()
    assert [row[4] for row in rows] == [length_of(graph, node) for node in range(len(graph))]


def test_references_are_the_graph_s() -> None:
    graph = heap(SHOP)
    rows = ask("SELECT source, target, kind, coalesce(name, ''), position FROM refs", SHOP)
    edges = [
        (node, graph.edge(at)) for node in range(len(graph)) for at in range(*graph.row(node).indices(2**40))
    ]
    told = [
        (
            node,
            each.target,
            each.kind.name.lower(),
            each.name,
            each.index if each.kind is EdgeKind.ELEMENT else None,
        )
        for node, each in edges
    ]
    assert sorted(map(str, rows)) == sorted(map(str, told))


def test_lengths_and_sources_are_the_same_block_by_block(monkeypatch: pytest.MonkeyPatch) -> None:
    graph = heap(SHOP)
    whole = count_entries(graph)
    monkeypatch.setattr("heapdiff.export.sql.columns.BLOCK", 3)
    assert np.array_equal(count_entries(graph), whole)
    assert NO_LENGTH in whole
    assert (
        find_sources(graph, number_nodes(graph)).tolist()
        == graph.owners_of(np.arange(len(graph.targets))).tolist()
    )


def test_dominators_are_those_of_the_routes() -> None:
    graph = heap(SHOP + "    native: list extra=1 -> shop.Late * 3")
    told = retained.compute_dominance(compute_routes(graph))
    rows = ask("FROM dominators ORDER BY node", SHOP + "    native: list extra=1 -> shop.Late * 3")
    reached = np.flatnonzero(told.idom <= len(graph)).tolist()
    assert len(reached) < len(graph)
    assert [row[0] for row in rows] == reached
    assert [row[1] for row in rows] == [None if told.idom[n] == len(graph) else told.idom[n] for n in reached]
    assert [row[2] for row in rows] == told.retained[reached].tolist()


def test_objects_have_their_dominators_beside_them() -> None:
    loose = SHOP + "    native: list extra=1 -> shop.Late * 3"
    rows = ask(
        "SELECT node, idom, retained_bytes FROM objects WHERE retained_bytes IS NOT NULL ORDER BY node", loose
    )
    assert rows == ask("FROM dominators ORDER BY node", loose)
    unreached = ask("SELECT idom, count(*) FROM objects WHERE retained_bytes IS NULL GROUP BY ALL", loose)
    assert unreached == [(None, len(heap(loose)) - len(rows))]


@pytest.mark.parametrize("size", [100, 2**16, 2**32 - 1, 2**40])
def test_sizes_and_counts_of_references_are_said_whatever_their_width(size: int) -> None:
    large = f"shop.A: list size={size} refcount=70000"
    assert ask("SELECT bytes, refcount FROM objects WHERE type = 'list'", large) == [(size, 70000)]
    assert ask("SELECT bytes FROM types WHERE type = 'list'", large) == [(size,)]


@pytest.mark.parametrize("size", [2**32 - 2, 2**32 - 1, 2**40])
def test_retained_bytes_are_said_whatever_their_width(size: int) -> None:
    large = f"shop.A: list -> []: bytes size={size - 200}\n orphan: list"
    found = retained.compute_dominance(compute_routes(heap(large))).retained
    assert max(ask("SELECT retained_bytes FROM dominators", large)) == (max(found.tolist()),)
    assert max(found.tolist()) >= size - 200
    assert ask("SELECT type FROM objects WHERE retained_bytes IS NULL", large) == [("list",)]


LOOSE = SHOP + "    native: list extra=1 -> shop.Late * 3\n    shop.REF: weakref.ref -> weak: shop.Seen"


def test_what_joins_would_find_stands_beside_objects_and_references() -> None:
    """Who refers to what, what nothing refers to, and what no root reaches: the same as with joins."""
    for one, other in (
        (
            "SELECT source_type, target_type, count(*) FROM refs GROUP BY ALL ORDER BY ALL",
            "SELECT s.type, t.type, count(*) FROM refs r JOIN objects s ON s.node = r.source JOIN objects t ON t.node = r.target "
            "GROUP BY ALL ORDER BY ALL",
        ),
        (
            "SELECT node, referrers FROM objects ORDER BY node",
            "SELECT o.node, count(r.target) FROM objects o LEFT JOIN (FROM refs WHERE kind <> 'weak') r ON r.target = o.node "
            "GROUP BY o.node ORDER BY o.node",
        ),
        (
            "SELECT node FROM objects WHERE reached ORDER BY node",
            "SELECT node FROM dominators ORDER BY node",
        ),
        (
            "SELECT node, kind, name, retained_bytes FROM roots ORDER BY ALL",
            "SELECT node, kind, name, d.retained_bytes FROM (SELECT node, kind, name FROM roots) JOIN dominators d USING (node) "
            "ORDER BY ALL",
        ),
    ):
        assert ask(one, LOOSE) == ask(other, LOOSE) != []
    assert ask("SELECT count(*) FROM objects WHERE NOT reached", LOOSE) != [(0,)]


def test_of_equal_texts_all_but_the_first_are_duplicates(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("heapdiff.export.sql.columns.BLOCK", 3)
    chance = np.random.default_rng(7)
    graph = heap("shop.A: list -> []: str * 200 size=50\n shop.B: list -> []: bytes * 200 size=50")
    texts = np.array([graph.type_name(node) in ("str", "bytes") for node in range(len(graph))])
    hashes = np.where(texts, chance.integers(0, 60, len(graph)), 0).astype(np.uint32)
    with open_query(
        [replace(graph, hashes=hashes)],
        "SELECT node, type, hash, duplicate FROM objects ORDER BY node",
        BOUNDS,
    ) as asked:
        rows = asked.rows(None).rows
    seen: set[tuple[object, object]] = set()
    for _, kind, number, duplicate in rows:
        assert duplicate is (None if number is None else (kind, number) in seen)
        seen.add((kind, number))
    with open_query([replace(graph, hashes=None)], "SELECT DISTINCT duplicate FROM objects", BOUNDS) as asked:
        assert asked.rows(None).rows == ((None,),)


def test_what_survived_has_its_node_in_the_other_snapshot_beside_it() -> None:
    later = SHOP.replace("* 3", "* 5")
    for one, other, end in (("a", "b", "node_a, node_b"), ("b", "a", "node_b, node_a")):
        found = ask(
            f"SELECT node, other_node FROM {one}.objects WHERE other_node IS NOT NULL ORDER BY node",
            SHOP,
            later,
        )
        assert found == ask(f"SELECT {end} FROM survivors ORDER BY ALL", SHOP, later)
        there = len(heap(SHOP if other == "a" else later))
        assert max(node for _, node in found) < there


def test_of_two_processes_only_who_asks_for_survivors_hears_that_there_are_none() -> None:
    one = heap(SHOP)
    graphs = [replace(one, summary=summarize(one, minute, pid=pid)) for minute, pid in enumerate((10, 20))]
    with open_query(graphs, "FROM b.objects", BOUNDS) as asked:
        assert {row[-1] for row in asked.rows(None).rows} == {None}
    with (
        pytest.raises(UsageError, match="different processes"),
        open_query(graphs, "SELECT other_node FROM b.objects", BOUNDS),
    ):
        pass


def test_an_empty_heap_has_empty_tables() -> None:
    for table in ("objects", "refs", "types", "roots", "names", "dominators"):
        assert ask(f"SELECT count(*) FROM {table}", "") in ([(0,)], [(1,)])


def test_a_column_that_is_read_but_not_named_is_an_error_and_no_wrong_answer() -> None:
    with pytest.raises(UsageError, match="reads the column length without naming it"):
        ask("SELECT count(x), sum(e) FROM objects AS o(a, b, c, d, e, f, x)", SHOP)


def test_what_a_statement_does_not_mention_is_not_there() -> None:
    assert Statement("SELECT 1 FROM Objects").mentions("objects", "")
    assert not Statement("SELECT 1 FROM objects").mentions("dominators", "")
    assert Statement('FROM B . "Dominators"').mentions("dominators", "b")
    assert not Statement("FROM a.dominators").mentions("dominators", "b")
    assert not Statement("SELECT count( * ), node FROM objects").reads("length")
    assert Statement("SELECT max(LENGTH) FROM objects").reads("length")
    assert Statement('SELECT o."bytes" FROM objects o').reads("bytes")
    assert not Statement("SELECT retained_bytes FROM objects").reads("bytes")
    assert Statement("SELECT o.* FROM objects o").reads("length")


def test_names_that_no_text_should_have_are_values_and_nothing_else() -> None:
    graph = heap("shop.A: x.Bad * 2")
    hostile = "'); DROP VIEW objects; --\x00\x1b[31m\udc80"
    types = [replace(kind, name=hostile) if kind.name == "x.Bad" else kind for kind in graph.types]
    with open_query(
        [replace(graph, types=types)], "SELECT type FROM types WHERE type LIKE '%DROP%'", BOUNDS
    ) as asked:
        assert asked.rows(None).rows == ((hostile.replace("\udc80", "\\udc80"),),)


def test_survivors_of_two_snapshots_are_matched_both_ways() -> None:
    later = SHOP.replace("* 3", "* 5")
    new = ask(
        "SELECT type, count(*) FROM b.objects ANTI JOIN survivors ON node = node_b GROUP BY type ORDER BY 1",
        SHOP,
        later,
    )
    assert ("shop.Session", 2) in new
    gone = ask(
        "SELECT type, count(*) FROM a.objects ANTI JOIN survivors ON node = node_a GROUP BY type ORDER BY 1",
        later,
        SHOP,
    )
    assert ("shop.Session", 2) in gone


def test_of_two_snapshots_plain_names_are_no_tables() -> None:
    with pytest.raises(UsageError) as caught:
        ask("FROM objects", SHOP, SHOP)
    assert "a.objects" in caught.value.hint
