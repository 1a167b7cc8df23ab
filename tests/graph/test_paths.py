"""Cheapest paths, reachability and referrers, over both kernels."""

from __future__ import annotations

import random

import numpy as np
import pytest
from numpy.typing import NDArray

from heapdiff.format import LABEL_PAYLOAD, LABEL_SHIFT, NAMED_KINDS, EdgeKind
from heapdiff.graph import _kernels, compute_reachable, fallback, shortest_paths
from heapdiff.graph.heap import HeapGraph
from heapdiff.graph.paths import (
    FARTHEST,
    FORBIDDEN_COST,
    UNREACHED,
    compute_reachable_within,
    find_ties,
    price_edges,
)
from tests.graph.random_graphs import big_random_graph, graph_of, random_graph, reached_by, strong_rows
from tests.together import together

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
@together("seed", range(40))
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
def test_costs_that_overflow_stop_at_the_farthest_and_every_way_still_ends() -> None:
    # 0 (dear) -> 1 -> 2 -> 3 -> 1, and 4 (dearer still) -> 5
    graph = graph_of([[(1, E)], [(2, E)], [(3, E)], [(1, E)], [(5, E)], [], []], [])
    costs = costs_of(250, 250, 250, 250, 1)
    paths = shortest_paths(graph, costs, [0, 4], [FARTHEST - 300, 2**60])
    assert paths.distance.tolist() == [FARTHEST - 300, FARTHEST - 50, *[FARTHEST] * 4, UNREACHED]
    assert paths.parent.tolist() == [-1, 0, 1, 2, -1, 4, -1]
    assert paths.edge.tolist() == [-1, 0, 1, 2, -1, 4, -1]
    better = shortest_paths(graph, costs, [2, 6], [7, FARTHEST], paths)
    assert better.distance.tolist() == [FARTHEST - 300, 507, 7, 257, FARTHEST, FARTHEST, FARTHEST]
    assert better.parent.tolist() == [-1, 3, -1, 2, -1, 4, -1]


@over_both_kernels
def test_a_long_dear_chain_stops_at_the_farthest() -> None:
    chain = graph_of([[(node + 1, E)] for node in range(99)] + [[]], [])
    paths = shortest_paths(chain, np.full(99, 254, np.uint8), [0], [FARTHEST - 254 * 50])
    assert paths.distance[50] == FARTHEST
    assert (paths.distance[50:] == FARTHEST).all()
    assert paths.parent.tolist() == list(range(-1, 99))
    assert find_ties(chain, np.full(99, 254, np.uint8), paths.distance, paths.edge, 9).edges.tolist() == []


@over_both_kernels
def test_ties_are_all_references_of_least_cost_beside_the_one_taken() -> None:
    for seed in range(300):
        graph, chance = random_graph(seed), random.Random(seed)
        costs = np.array([chance.choice((1, 2)) for _ in graph.targets], np.uint8)
        starts = [root.node for root in graph.roots]
        paths = shortest_paths(graph, costs, starts)
        most, rows = chance.randrange(4), strong_rows(graph)
        ties = find_ties(graph, costs, paths.distance, paths.edge, most)
        expected: dict[int, list[int]] = {}
        for owner in range(len(graph)):
            for at in range(graph.row(owner).start, graph.row(owner).stop):
                target = int(graph.targets[at])
                strong = graph.labels[at] >> LABEL_SHIFT != W and paths.distance[owner] != UNREACHED
                few = sum(row.count(target) for row in rows) <= most
                equal = int(paths.distance[owner]) + int(costs[at]) == paths.distance[target]
                if strong and few and equal and paths.edge[target] != at:
                    expected.setdefault(target, []).append(at)
        assert {node: ties.of(node) for node in range(len(graph)) if ties.of(node)} == expected, seed


@over_both_kernels
def test_references_to_some_objects_are_found_with_and_without_referrers() -> None:
    for seed in range(300):
        graph, chance = random_graph(seed), random.Random(seed)
        nodes = [chance.randrange(len(graph)) for _ in range(chance.randrange(4))]
        expected = [
            at
            for at, target in enumerate(graph.targets.tolist())
            if target in nodes and graph.labels[at] >> LABEL_SHIFT != W
        ]
        assert graph.edges_to(nodes).tolist() == expected
        few = graph.referrers_of(nodes)
        assert [edge for node in sorted(set(nodes)) for edge in few.edges_to(node).tolist()] == sorted(
            expected, key=lambda at: int(graph.targets[at])
        )
        assert len(graph.referrers.first) == len(graph) + 1
        assert graph.edges_to(nodes).tolist() == expected
        weak = np.flatnonzero(graph.labels >> LABEL_SHIFT == W).tolist()
        assert graph.edges_of_kind(W).tolist() == weak


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


@over_both_kernels
def test_prices_are_those_of_kinds_or_names_and_what_targets_add() -> None:
    chance = np.random.default_rng(4)
    graph = big_random_graph(4, 200, 3000)
    kinds = chance.choice([int(kind) for kind in EdgeKind], 3000).astype(np.uint32)
    graph.labels[:] = kinds << np.uint32(LABEL_SHIFT) | chance.integers(0, 9, 3000).astype(np.uint32)
    by_kind, extra = (chance.integers(0, 200, size).astype(np.uint8) for size in (16, 200))
    by_name = np.array([0, 7, 0, 250, 3], np.uint8)
    found = price_edges(graph, by_kind, by_name, extra, 240)
    for at, label in enumerate(graph.labels.tolist()):
        kind, name = label >> LABEL_SHIFT, label & LABEL_PAYLOAD
        special = int(by_name[name]) if EdgeKind(kind) in NAMED_KINDS and name < len(by_name) else 0
        assert found[at] == min((special or int(by_kind[kind])) + int(extra[graph.targets[at]]), 240)


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


@pytest.mark.slow
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
