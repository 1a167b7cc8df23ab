"""What the document says of a heap, as its readers take it."""

from __future__ import annotations

import json
from dataclasses import replace

import igraph
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings

from heapdiff.analysis.reach.retained import measure
from heapdiff.analysis.reach.routes import find_starts
from heapdiff.errors import UsageError
from heapdiff.export.chrome import document, layout
from heapdiff.format import EdgeKind
from heapdiff.graph.heap import HeapGraph
from heapdiff.graph.narrow import Narrow
from tests.any_graphs import any_graphs
from tests.export.chrome.reading import Read, read
from tests.heaps import draw, heap

SHOP = """
    shop.CACHE: dict $cache -> [*]: shop.Session * 3 size=56 -> .tags: list size=88
    shop.cell: function -> closure pending: set -> {}: shop.Job * 2
    $cache -> [7]: list -> [0]: bytes
    $cache -> [?]: tuple
    $cache -> [None]: tuple
    thread MainThread -> frame serve -> local backlog: list -> [0]: shop.Job
    interpreter codecs: list
    native: list extra=1 -> bytes * 2 size=1000
    orphan: list $orphan -> ref: $cache
"""
HOSTILE = '</script>"],"nodes":[\x00\x1b[31m\u202e\ud800'


def test_objects_have_their_type_size_and_references() -> None:
    graph = heap(SHOP)
    found = read(graph)
    objects = found.nodes[found.first_object :]
    assert [node.name for node in objects] == [graph.type_name(node) for node in range(len(graph))]
    assert [node.size for node in objects] == graph.sizes[:].tolist()
    assert {node.type for node in objects} == {"object"}
    for node in range(len(graph)):
        assert [target for *_, target in found.called(node)] == graph.targets[graph.row(node)].tolist()


def test_the_root_leads_by_elements_to_groups_and_these_to_the_roots() -> None:
    graph = heap(SHOP)
    found = read(graph)
    assert found.nodes[0] == replace(found.nodes[0], type="synthetic", name="", id=1, size=0, edges=1)
    assert [(each.type, each.target) for each in found.by_source[0]] == [("element", 1)]
    groups = [found.nodes[each.target] for each in found.by_source[1]]
    assert [group.name for group in groups] == [
        "(modules)",
        "(interpreter)",
        "(thread stacks)",
        "(native code)",
    ]
    assert all(each.type == "element" for each in found.by_source[1])
    told = sorted(
        (found.nodes[at].name, each.name, each.target - found.first_object)
        for at in range(2, 5)
        for each in found.by_source[at]
    )
    assert told == sorted((layout.GROUPS[root.kind], root.name, int(root.node)) for root in graph.roots)
    held = [each.target - found.first_object for each in found.by_source[5]]
    assert held == find_starts(graph).held.tolist() != []


def test_references_read_as_in_paths() -> None:
    graph, at = draw(SHOP)
    found = read(graph)
    said = {(kind, name) for kind, name, _ in found.called(at["cache"])}
    assert {("property", "['…']"), ("element", 7), ("property", "[…]"), ("property", "[None]")} <= said
    assert ("internal", "<key>") in said
    everything = {(each.type, each.name) for each in found.references}
    assert {
        ("property", "CACHE"),
        ("property", "tags"),
        ("context", "backlog"),
        ("property", "<member>"),
    } <= everything
    assert ("internal", "<reference>") in everything


def test_integers_that_are_no_index_are_names() -> None:
    graph, at = draw("shop.CACHE: dict $cache -> [-5]: list\n $cache -> [5]: list")
    keys = np.array([-5, 2**40] if graph.int_keys[0] < 0 else [2**40, -5])
    found = read(replace(graph, int_keys=keys)).called(at["cache"])
    assert {(kind, name) for kind, name, _ in found if "key" not in str(name)} == {
        ("property", "[-5]"),
        ("property", f"[{2**40}]"),
    }


def test_values_are_said_only_where_the_file_has_them() -> None:
    graph, at = draw("shop.CACHE: dict $cache -> [*]: list")
    key = next(edge.target for edge in graph.edges(at["cache"], EdgeKind.KEY))
    assert ("property", "['alice']") in [
        each[:2] for each in read(replace(graph, values={key: "'alice'"})).called(at["cache"])
    ]
    assert "alice" not in read(graph).text


def test_weak_references_are_weak() -> None:
    graph, at = draw("shop.A: list $a -> weak: $a")
    assert read(graph).called(at["a"]) == [("weak", "<weak>", at["a"])]


def test_names_are_json_and_escaped_as_everywhere() -> None:
    graph = heap("shop.A: x.Bad -> .bad: list")
    types = [replace(kind, name=HOSTILE) if kind.name == "x.Bad" else kind for kind in graph.types]
    names = [HOSTILE if name == "bad" else name for name in graph.names]
    roots = [replace(root, name=HOSTILE) for root in graph.roots]
    found = read(replace(graph, types=types, names=names, roots=roots))
    shown = '</script>"],"nodes":[\\x00\\x1b[31m\\u202e\\ud800'
    assert (
        found.strings.count(f"type {shown}") == 1
    )  # a class whose name begins with < is something else there
    assert found.strings.count(shown) == 2
    assert found.text.count('"nodes":') == 1
    assert not any(character in found.text for character in "\x00\x1b\x7f\u202e")


@pytest.mark.parametrize("name", ["<hidden>", "Object(3)", "Detached Node", "system / Context"])
def test_no_class_is_taken_for_what_it_is_not(name: str) -> None:
    graph = heap("shop.A: x.Odd")
    types = [replace(kind, name=name) if kind.name == "x.Odd" else kind for kind in graph.types]
    assert f"type {name}" in {node.name for node in read(replace(graph, types=types)).nodes}


def test_sizes_beyond_32_bits_are_the_largest_that_can_be_said() -> None:
    assert max(node.size for node in read(heap("shop.A: list size=5000000000")).nodes) == 2**32 - 1


def test_too_many_objects_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(layout, "MOST", 50)
    with pytest.raises(UsageError, match="objects: more than"):
        read(heap(SHOP))


def test_blocks_make_no_difference(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = read(heap(SHOP))
    for size in (1, 2, 5):
        monkeypatch.setattr(document, "BLOCK", size)
        assert read(heap(SHOP)).text == whole.text


def test_an_empty_heap_is_a_root_and_no_more() -> None:
    found = read(heap(""))
    assert [node.type for node in found.nodes] == ["synthetic"] * 2


def test_progress_goes_from_nothing_to_all() -> None:
    told: list[tuple[int, int]] = []
    with open("/dev/null", "wb") as file:
        document.write_document(heap(SHOP), file, lambda done, whole: told.append((done, whole)))
    assert told == sorted(told)
    assert len({whole for _, whole in told}) == 1
    assert told[-1][0] <= told[-1][1]


@given(any_graphs())
@settings(max_examples=40, suppress_health_check=[HealthCheck.too_slow], deadline=None)
def test_what_its_readers_compute_is_what_heapdiff_says(graphs: tuple[HeapGraph, HeapGraph]) -> None:
    """Dominators by another program, over what was written; the full check has memlab itself do that."""
    graph = replace(graphs[1], sizes=Narrow.of(np.minimum(graphs[1].sizes[:], layout.MOST), np.uint16))
    found = read(graph)
    ours = measure(graph, find_starts(graph).held)
    idom, retained = dominators_of(found)
    n, before = len(graph), found.first_object
    for node in range(n):
        if ours.idom[node] > n:
            assert idom[node + before] < 0
        else:
            above = int(ours.idom[node])
            assert idom[node + before] < before if above == n else idom[node + before] == above + before
            assert retained[node + before] == ours.retained[node]
    assert retained[0] == ours.graph.sizes[ours.idom <= n].sum()


def dominators_of(found: Read) -> tuple[list[int], list[int]]:
    """By igraph; -1 for the root, and what it doesn't reach."""
    strong = [(each.source, each.target) for each in found.references if each.type != "weak"]
    drawn = igraph.Graph(len(found.nodes), strong, directed=True)
    idom = [int(above) if above >= 0 else -1 for above in drawn.dominator(0)]
    retained = [node.size for node in found.nodes]
    for node in reversed(drawn.bfs(0)[0][1:]):  # a dominator is always nearer
        retained[idom[node]] += retained[node]
    return idom, retained


def test_the_document_is_one_of_json() -> None:
    assert json.loads(read(heap(SHOP)).text)["trace_tree"] == []
