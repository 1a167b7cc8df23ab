"""Cheapest paths, reachability and referrers, over both kernels."""

from __future__ import annotations

import random

import numpy as np
import pytest
from numpy.typing import NDArray

from heapdiff.format import EdgeKind
from heapdiff.graph import _kernels, compute_reachable, fallback, shortest_paths
from heapdiff.graph.heap import HeapGraph
from heapdiff.graph.paths import FORBIDDEN_COST, UNREACHED, compute_reachable_within
from tests.graph.random_graphs import big_random_graph, graph_of, random_graph, reached_by, strong_rows

over_both_kernels = pytest.mark.usefixtures("kernels")
E, W = EdgeKind.ELEMENT, EdgeKind.WEAK


def costs_of(*costs: int) -> NDArray[np.uint8]:
    return np.array(costs, np.uint8)


def relax_until_nothing_changes(
    graph: HeapGraph, costs: NDArray[np.uint8], starts: dict[int, int]
) -> list[int]:
    """Bellman and Ford's distances."""
    distance = [starts.get(node, UNREACHED) for node in range(len(graph))]
    changed = True
    while changed:
        changed = False
        for node in range(len(graph)):
            for at in range(int(graph.first_edge[node]), int(graph.first_edge[node + 1])):
                edge = graph.edge(at)
                usable = edge.kind is not W and costs[at] != FORBIDDEN_COST and distance[node] != UNREACHED
                if usable and distance[node] + int(costs[at]) < distance[edge.target]:
                    distance[edge.target] = distance[node] + int(costs[at])
                    changed = True
    return distance


@over_both_kernels
def test_a_cheap_detour_beats_a_dear_short_cut() -> None:
    #   0 --9--> 2
    #   0 -1-> 1 -1-> 2
    graph = graph_of([[(2, E), (1, E)], [(2, E)], []], [])
    paths = shortest_paths(graph, costs_of(9, 1, 1), [0])
    assert paths.distance.tolist() == [0, 1, 2]
    assert paths.edge.tolist() == [-1, 1, 2]
    assert paths.parent.tolist() == [-1, 0, 1]


@over_both_kernels
def test_a_start_that_costs_more_waits_for_its_turn() -> None:
    #   0 (at 0) -5-> 2 <-1- 1 (at 1000)
    graph = graph_of([[(2, E)], [(2, E)], []], [])
    paths = shortest_paths(graph, costs_of(5, 1), [1, 0], [1000, 0])
    assert paths.distance.tolist() == [0, 1000, 5]
    assert paths.parent.tolist() == [-1, -1, 0]


@over_both_kernels
def test_a_dear_start_that_is_reached_earlier_is_no_start() -> None:
    graph = graph_of([[(1, E)], []], [])
    assert shortest_paths(graph, costs_of(3), [0, 1], [0, 50]).parent.tolist() == [-1, 0]


@over_both_kernels
@pytest.mark.parametrize("seed", range(40))
def test_further_starts_improve_what_is_known(seed: int) -> None:
    chance, graph = random.Random(seed), random_graph(seed)
    costs = np.array([chance.randrange(255) for _ in graph.targets], np.uint8)
    some = {node: chance.randrange(300) for node in range(len(graph)) if chance.random() < 0.2}
    more = {node: chance.randrange(600) for node in range(len(graph)) if chance.random() < 0.2}
    known = shortest_paths(graph, costs, list(some), list(some.values()))
    paths = shortest_paths(graph, costs, list(more), list(more.values()), known)
    least = {
        node: min(some.get(node, UNREACHED), more.get(node, UNREACHED)) for node in some.keys() | more.keys()
    }
    assert paths is known
    assert paths.distance.tolist() == relax_until_nothing_changes(graph, costs, least)
    for node in np.flatnonzero(paths.parent >= 0).tolist():
        at = int(paths.edge[node])
        assert paths.distance[node] == paths.distance[paths.parent[node]] + costs[at]
        assert int(graph.targets[at]) == node


@over_both_kernels
def test_weak_and_forbidden_references_lead_nowhere() -> None:
    graph = graph_of([[(1, W), (2, E)], [], []], [])
    assert shortest_paths(graph, costs_of(1, FORBIDDEN_COST), [0]).distance.tolist() == [
        0,
        UNREACHED,
        UNREACHED,
    ]


@over_both_kernels
def test_references_that_cost_nothing_are_taken() -> None:
    graph = graph_of([[(1, E)], [(2, E)], [(0, E)]], [])
    assert shortest_paths(graph, costs_of(0, 0, 0), [1]).distance.tolist() == [0, 0, 0]


@over_both_kernels
def test_random_distances_agree_with_plain_relaxation() -> None:
    for seed in range(400):
        graph, chance = random_graph(seed), random.Random(seed)
        choice = [0, 1, 7, 254, 255] if seed % 2 else range(256)
        costs = costs_of(*(chance.choice(choice) for _ in graph.targets))
        starts = {node: chance.choice([0, 3, 500, 10**6]) for node in range(0, len(graph), 5)}
        paths = shortest_paths(graph, costs, list(starts), list(starts.values()))
        assert paths.distance.tolist() == relax_until_nothing_changes(graph, costs, starts), f"seed {seed}"
        for node in np.flatnonzero(paths.edge >= 0).tolist():
            at, parent = int(paths.edge[node]), int(paths.parent[node])
            assert graph.targets[at] == node
            assert graph.first_edge[parent] <= at < graph.first_edge[parent + 1]
            assert paths.distance[parent] + costs[at] == paths.distance[node]


@pytest.mark.parametrize("top", [3, 256])
def test_the_twins_choose_the_same_of_equally_cheap_paths(monkeypatch: pytest.MonkeyPatch, top: int) -> None:
    graph = big_random_graph(top, 3000, 9000)
    costs = np.random.default_rng(top).integers(0, top, len(graph.targets)).astype(np.uint8)
    found = []
    for chosen in (_kernels, fallback):
        monkeypatch.setattr("heapdiff.graph.paths.kernels", chosen)
        paths = shortest_paths(graph, costs, [5, 9, 0, 77], [4, 0, 4, 2])
        found.append((paths.distance.tolist(), paths.edge.tolist(), paths.parent.tolist()))
    assert found[0] == found[1]


@over_both_kernels
def test_reachability_agrees_with_plain_search() -> None:
    for seed in range(300):
        graph = random_graph(seed)
        rows, starts = strong_rows(graph), [root.node for root in graph.roots]
        assert set(np.flatnonzero(compute_reachable(graph, starts))) == reached_by(rows, starts)
        gone = seed % len(graph)
        assert set(np.flatnonzero(compute_reachable(graph, starts, [gone]))) == reached_by(rows, starts, gone)


@over_both_kernels
def test_referrers_are_the_strong_references_turned_round() -> None:
    for seed in range(300):
        graph = random_graph(seed)
        turned = graph.referrers
        for node in range(len(graph)):
            expected = [
                (owner, at)
                for owner in range(len(graph))
                for at in range(int(graph.first_edge[owner]), int(graph.first_edge[owner + 1]))
                if graph.targets[at] == node and graph.edge(at).kind is not W
            ]
            span = slice(int(turned.first[node]), int(turned.first[node + 1]))
            assert list(zip(turned.sources[span], turned.edges[span], strict=True)) == expected


@over_both_kernels
def test_a_long_chain_of_dear_references_is_walked_without_recursion() -> None:
    n = 30_000
    graph = graph_of([[(node + 1, E)] for node in range(n - 1)] + [[]], [])
    paths = shortest_paths(graph, np.full(n - 1, 254, np.uint8), [0])
    assert (paths.distance == np.arange(n) * 254).all()
    assert compute_reachable(graph, [0]).all()


@over_both_kernels
def test_what_is_reached_among_some_nodes_never_leads_through_others() -> None:
    #   0 --> 1 --> 2      and 0 --> 3 --> 4
    graph = graph_of([[(1, E), (3, E)], [(2, E)], [], [(4, E)], []], [])
    assert compute_reachable_within(graph, [0], np.array([0, 1, 4, 2])).tolist() == [True, True, False, True]
