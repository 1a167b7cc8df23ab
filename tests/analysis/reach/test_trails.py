"""Trails of very deep objects: both ends are there, the middle is counted, and nothing is walked twice."""

from __future__ import annotations

import pytest

from heapdiff.analysis import explain
from heapdiff.analysis.holders.holder import place_at, place_of
from heapdiff.analysis.reach.routes import Routes, compute_routes
from heapdiff.analysis.reach.trails import GAP, find_trail
from heapdiff.format import EdgeKind, RootKind
from heapdiff.graph.heap import HeapGraph
from tests.builder import GraphBuilder


def chain(depth: int) -> HeapGraph:
    """A module's global HEAD begins a list of `depth` nodes, whose addresses ascend."""
    builder = GraphBuilder()
    module = builder.add_object("module", name="shop.q", address=0x1000)
    namespace = builder.add_object("dict", address=0x1010)
    builder.add_edge(module, namespace, EdgeKind.ATTRIBUTE, name="__dict__")
    builder.add_root(RootKind.MODULE, "shop.q", module)
    above = builder.add_object("shop.Node", address=0x2000)
    builder.add_global(namespace, "HEAD", above)
    for number in range(1, depth):
        node = builder.add_object("shop.Node", address=0x2000 + 16 * number)
        builder.add_edge(above, node, EdgeKind.ATTRIBUTE, name="next")
        above = node
    return builder.build()


def check(routes: Routes, number: int) -> None:
    node = routes.graph.index_of(0x2000 + 16 * number)
    trail = find_trail(routes, node)
    assert trail.nodes[-1] == node
    assert routes.graph.name_of(trail.nodes[0]) == "shop.q"
    assert len(trail.nodes) + trail.skipped == number + 3  # the module and its namespace come before
    for owner, edge, target in zip(trail.nodes, trail.edges, trail.nodes[1:], strict=False):
        if edge != GAP:
            assert routes.graph.first_edge[owner] <= edge < routes.graph.first_edge[owner + 1]
            assert routes.graph.targets[edge] == target
    assert (GAP in trail.edges) == (trail.skipped > 0)


@pytest.mark.parametrize("order", [1, -1])
def test_a_trail_is_whole_or_says_what_is_left_out(order: int) -> None:
    routes = compute_routes(chain(1500))
    for number in [*range(0, 600, 7), *range(195, 205), *range(255, 270), 1000, 1499][::order]:
        check(routes, number)


@pytest.mark.slow
def test_a_deep_path_reads_with_a_gap() -> None:
    graph = chain(100_000)
    place = place_of(compute_routes(graph), graph.index_of(0x2000 + 16 * 99_999))
    assert place.path == "shop.q.HEAD.next.….next"
    assert [step.name for step in place.chain][-3:] == ["next", "… 99,997 more steps …", "next"]


def test_a_deep_trail_can_be_cut_anywhere() -> None:
    graph = chain(3000)
    routes = compute_routes(graph)
    trail = find_trail(routes, graph.index_of(0x2000 + 16 * 2999))
    gap = trail.edges.index(GAP) + 2
    places = {length: place_at(routes, trail.upto(length)) for length in range(1, len(trail.nodes) + 1)}
    assert places[gap - 1].path == "shop.q.HEAD.next.….next"
    assert places[gap - 1].trail.skipped == 0
    assert places[gap].path == "shop.q.HEAD.next.….next.…"
    assert places[gap + 1].path == places[len(trail.nodes)].path == "shop.q.HEAD.next.….next"


def test_objects_along_a_linked_list_are_kept_along_two_paths() -> None:
    why = explain(chain(3000), "shop.Node")
    assert sorted(path.merged for path in why.paths) == [1, 2999]
    assert why.notes == ()
