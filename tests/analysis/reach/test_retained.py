"""Retained sizes of objects and of sets, and what a cut frees, against recomputed reachability."""

from __future__ import annotations

import random

import numpy as np
import pytest

from heapdiff.analysis.reach.retained import compute_freed_by_cut, compute_retained_by_set, measure
from heapdiff.analysis.reach.routes import compute_routes, find_starts
from heapdiff.format import EdgeKind
from heapdiff.graph.heap import HeapGraph
from tests.graph.random_graphs import graph_of, random_graph, reached_by, strong_rows
from tests.heaps import draw

SEEDS = range(600)
E = EdgeKind.ELEMENT


def roots_of(graph: HeapGraph) -> list[int]:
    return [int(root.node) for root in graph.roots]


def weigh(graph: HeapGraph, nodes: set[int]) -> int:
    return sum(int(graph.sizes[node]) for node in nodes)


def freed_by_removing(graph: HeapGraph, owner: int, target: int) -> int:
    """By hand: take the references away and see what is no longer reached."""
    rows, roots = strong_rows(graph), roots_of(graph)
    cut = [[other for other in row if node != owner or other != target] for node, row in enumerate(rows)]
    return weigh(graph, reached_by(rows, roots) - reached_by(cut, roots))


def freed_with_set(graph: HeapGraph, members: set[int]) -> int:
    rows, roots = strong_rows(graph), roots_of(graph)
    left = [[other for other in row if other not in members] for row in rows]
    kept = reached_by(left, [root for root in roots if root not in members])
    return weigh(graph, reached_by(rows, roots) - kept)


def test_cutting_any_reference_of_random_heaps_frees_what_is_no_longer_reached() -> None:
    freed = 0
    for seed in SEEDS:
        graph = random_graph(seed)
        dominance, turned = measure(graph), graph.referrers_of(graph.targets)
        for owner, row in enumerate(strong_rows(graph)):
            for target in set(row):
                expected = freed_by_removing(graph, owner, target)
                for edges in (None, turned.edges_to(target)):
                    found = compute_freed_by_cut(graph, owner, target, dominance, edges)
                    assert found == expected, (seed, owner, target)
                freed += expected > 0
    assert freed > len(SEEDS)  # most seeds have a reference that matters


def test_sets_of_random_heaps_retain_what_is_no_longer_reached_without_them() -> None:
    for seed in SEEDS:
        graph, chance = random_graph(seed), random.Random(seed)
        members = {chance.randrange(len(graph)) for _ in range(chance.randint(1, 5))}
        found = compute_retained_by_set(measure(graph), sorted(members))
        assert found == freed_with_set(graph, members), (seed, members)


def test_a_set_counts_what_only_its_members_together_keep() -> None:
    """
    root ─► a ─► shared
      └───► b ─────┘
    """
    graph = graph_of([[(1, E), (2, E)], [(3, E)], [(3, E)], []], [0], [1, 10, 20, 400])
    dominance = measure(graph)
    assert dominance.retained[[1, 2]].tolist() == [10, 20]
    assert compute_retained_by_set(dominance, [1, 2]) == 430
    assert compute_retained_by_set(dominance, [0, 1, 2, 3]) == 431


@pytest.mark.parametrize(("cut", "frees"), [("cache", 0), ("index", 0), ("session", 88)])
def test_what_a_second_holder_keeps_is_not_freed_by_cutting_the_first(cut: str, frees: int) -> None:
    graph, at = draw("""
        shop.cache.CACHE: dict $cache -> [0]: shop.Session size=56 $session -> .tags: list size=88 $tags
        shop.cache.INDEX: list $index -> [0]: $session
    """)
    target = at["tags"] if cut == "session" else at["session"]
    assert compute_freed_by_cut(graph, at[cut], target) == frees


def test_a_reference_back_from_below_does_not_keep_an_object() -> None:
    graph = graph_of([[(1, E)], [(2, E)], [(1, E)]], [0], [1, 10, 100])
    assert compute_freed_by_cut(graph, 0, 1) == 110


def test_all_references_between_two_objects_are_cut_at_once_and_weak_ones_are_none() -> None:
    graph = graph_of([[(1, E), (1, EdgeKind.VALUE), (2, EdgeKind.WEAK)], [], []], [0], [1, 10, 100])
    assert compute_freed_by_cut(graph, 0, 1) == 10
    assert compute_freed_by_cut(graph, 0, 2) == 0


def test_cutting_what_is_no_reference_or_unreached_or_a_root_frees_nothing() -> None:
    graph = graph_of([[(1, E), (2, E)], [(2, E)], [], [(4, E)], []], [0, 1], [1, 10, 100, 1000, 10_000])
    assert compute_freed_by_cut(graph, 1, 0) == 0
    assert compute_freed_by_cut(graph, 3, 4) == 0
    assert compute_freed_by_cut(graph, 0, 1) == 0


@pytest.mark.slow
def test_a_chain_of_a_hundred_thousand_is_no_matter_of_depth() -> None:
    n = 100_000
    graph = graph_of([[(node + 1, E)] for node in range(n - 1)] + [[(n // 2, E)]], [0])
    assert compute_freed_by_cut(graph, n // 2 - 1, n // 2) == n - n // 2
    assert compute_retained_by_set(measure(graph), np.arange(10, n)) == n - 10


def test_what_native_code_holds_is_a_start_when_it_is_named() -> None:
    graph = graph_of([[(1, E)], [], []], [0], [1, 10, 100])
    assert measure(graph).retained.tolist() == [11, 10, 0]
    assert measure(graph, [1]).retained.tolist() == [1, 10, 0]


def test_starts_are_found_without_routes_too() -> None:
    graph, _ = draw("""
        shop.A: list -> []: shop.B * 2
        native: list extra=1 -> []: shop.C
        orphan: list -> []: shop.D
    """)
    found, told = find_starts(graph), compute_routes(graph).starts
    assert found.held.tolist() == told.held.tolist()
    assert len(found.held)
    assert sorted(found.nodes.tolist()) == sorted(told.nodes.tolist())
