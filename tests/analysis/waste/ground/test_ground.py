"""Blocks, keepers and findings: what every rule of `advise` stands on."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from heapdiff.analysis.waste.advising import advise
from heapdiff.analysis.waste.ground.blocks import occupied
from heapdiff.analysis.waste.ground.groups import find_foreign, find_groups
from heapdiff.analysis.waste.ground.keepers import find_keepers, split_by_variable
from heapdiff.analysis.waste.ground.rule import Rule
from heapdiff.analysis.waste.ground.worker import Heap
from heapdiff.answers import Confidence, Topic
from heapdiff.errors import UsageError
from heapdiff.graph.heap import HeapGraph
from heapdiff.model import GraphFile
from tests.analysis.summaries import captures, summarize
from tests.heaps import draw, heap

RULE = Rule("slots", Topic.DATA_STRUCTURES)


def look(graph: HeapGraph) -> Heap:
    return Heap(graph, summarize(graph))


@pytest.mark.parametrize(
    ("size", "block"), [(0, 0), (1, 16), (16, 16), (17, 32), (512, 512), (513, 528), (520, 528), (521, 544)]
)
def test_a_block_takes_its_size_class(size: int, block: int) -> None:
    assert occupied(size) == block


def test_the_holder_is_the_last_object_that_nearly_all_are_reached_through() -> None:
    """
    ROWS ──► list ──► 30 Row            BY_USER ──► 20 lists ──► Row each
    """
    graph = heap(
        """
        shop.catalog.ROWS: list -> shop.models.Row * 30
        shop.users.BY_USER: dict -> [*]: list * 20 -> shop.models.Row
        orphan: shop.models.Row
        """
    )
    found = look(graph)
    kept = list(find_keepers(found, found.of_type("shop.models.Row")))
    assert [(each.place.path, len(each.nodes), each.own) for each in kept] == [
        ("shop.catalog.ROWS", 30, True),
        ("shop.users.BY_USER", 20, True),
    ]


def test_of_groups_by_variable_only_the_heaviest_are_made() -> None:
    """As many as there are objects would be a hundred bytes for each."""
    names = [f"shop.m{number}.ROWS" for number in range(40)]
    lines = [f"{name}: list -> shop.Row * {number % 7 + 1}" for number, name in enumerate(names)]
    found = look(heap("\n".join([*lines, "orphan: shop.Row"])))
    rows = found.of_type("shop.Row")
    for seed in range(5):
        weights = np.random.default_rng(seed).integers(0, 9, len(rows))
        groups: dict[int, list[int]] = {}
        for at, row in enumerate(rows.tolist()):
            if found.routes.reached[row]:
                groups.setdefault(int(found.variables[row]), []).append(at)
        expected = sorted((-int(weights[ats].sum()), rows[ats].tolist()) for ats in groups.values())
        split = split_by_variable(found, rows, weights, 9)
        assert len(expected) == len(names)
        assert [(-weight, part.tolist()) for weight, part in split] == expected[:9]
    assert split_by_variable(found, rows[:0], rows[:0], 9) == []


def test_what_a_library_keeps_is_not_the_applications_own() -> None:
    graph = heap("module jinja2 of jinja2\njinja2.CACHE: list -> dict * 3\nmodule shop of application")
    found = look(graph)
    assert [each.own for each in find_keepers(found, found.of_type("dict")) if len(each.nodes) == 3] == [
        False
    ]


def test_own_classes_are_neither_metaclasses_nor_a_librarys_nor_made_in_c() -> None:
    graph = heap(
        """
        shop.models.Row: type
        shop.Native: ctype
        shop.X: list -> shop.models.Row
        shop.X -> shop.Native
        shop.Y: list -> enum.EnumType
        shop.Z: list -> flask.app.Flask
        """
    )
    found = look(graph)
    own = {kind.name for kind, is_own in zip(graph.types, found.is_own_type, strict=True) if is_own}
    assert own == {"shop.models.Row"}


@pytest.mark.parametrize(
    ("taken", "saves", "headline"),
    [
        (2_000_000, None, True),
        (2_000_000, 1_500_000, True),
        (2_000_000, 900_000, False),
        (500_000, None, False),
    ],
)
def test_a_headline_is_a_megabyte_and_a_hundredth_of_the_heap(
    taken: int, saves: int | None, headline: bool
) -> None:
    graph = heap("shop.ROWS: list size=50000000")
    found = RULE.found(
        look(graph),
        "rows",
        bytes=taken,
        saves=saves,
        change="Change it.",
        code=(),
        check="Look again.",
        confidence=Confidence.HIGH,
        reason="It's so.",
    )
    assert (found.headline, found.page) == (headline, "docs/advice/slots.md")
    assert found.share == pytest.approx(taken / 50_000_000, rel=0.01)


def test_advice_is_for_the_process_captured_last_and_loads_two_graphs_at_most() -> None:
    graphs = captures("shop.A: list", "shop.A: list", "shop.A: list")
    summaries = [
        replace(graph.summary, graph=GraphFile("x.heap", 1, 1))
        for graph in graphs
        if graph.summary is not None
    ]
    other = replace(summaries[0], process=replace(summaries[0].process, pid=7), id="other")
    asked: list[int] = []

    def load(number: int) -> HeapGraph:
        asked.append(number)
        return graphs[number - 1]

    advice = advise([other, *summaries], load)
    assert sorted(asked) == [1, 3]
    assert [each.id for each in advice.snapshots] == [each.id for each in summaries]


def test_without_a_snapshot_there_is_no_advice() -> None:
    with pytest.raises(UsageError):
        advise([], lambda _: None)


def test_what_a_librarys_object_has_is_in_no_group() -> None:
    """
    shop.CACHE ──► dict (own)          shop.CLIENTS ──► redis.Client ──► dict ──► dict (the library's)
    """
    graph, at = draw(
        """
        redis.client.Client: type
        shop.models.Row: type
        shop.CACHE: list -> dict $own * 3
        shop.ROWS: list -> shop.models.Row -> .tags: dict $tags
        shop.CLIENTS: list -> redis.client.Client -> .pool: dict $pool -> [*]: dict $deep
        """
    )
    nodes = np.sort(np.array([at["own"], at["tags"], at["pool"], at["deep"]]))
    foreign = dict(zip(nodes.tolist(), find_foreign(look(graph), nodes).tolist(), strict=True))
    assert foreign == {at["own"]: False, at["tags"]: False, at["pool"]: True, at["deep"]: True}


def test_groups_say_what_each_of_the_applications_holders_would_save() -> None:
    graph = heap(
        """
        module jinja2 of jinja2
        module shop of application
        shop.A: list -> dict * 4 size=30000
        shop.B: list -> dict size=70000
        shop.C: list -> dict size=100
        jinja2.CACHE: list -> dict * 9 size=90000
        """
    )
    found = look(graph)
    nodes = found.of_type("dict")
    sizes = graph.sizes[nodes]
    groups = [(each.holder, each.count, each.bytes) for each in find_groups(found, nodes, sizes, sizes)]
    assert groups == [("shop.A", 4, 120_000), ("shop.B[0]", 1, 70_000)]
