"""Dominators and retained sizes, over both kernels."""

from __future__ import annotations

import os
import random
from dataclasses import replace
from types import ModuleType

import igraph
import numpy as np
import pytest

from heapdiff.format import EdgeKind
from heapdiff.graph import _kernels, compute_dominators, compute_retained
from heapdiff.graph.dominators import find_outermost
from heapdiff.graph.heap import HeapGraph
from heapdiff.graph.narrow import Narrow
from tests.graph.random_graphs import (
    big_random_graph,
    brute_dominators,
    graph_of,
    random_graph,
    reached_by,
    strong_rows,
)

over_both_kernels = pytest.mark.usefixtures("kernels")
E, W = EdgeKind.ELEMENT, EdgeKind.WEAK


def solve(graph: HeapGraph, extra_roots: tuple[int, ...] = ()) -> tuple[list[int], list[int]]:
    idom = compute_dominators(graph, extra_roots)
    return idom.tolist(), compute_retained(graph, idom).tolist()


@over_both_kernels
def test_a_diamond_is_dominated_by_its_top() -> None:
    #      0        sizes 1 2 4 8 16
    #    /   \
    #   1     2
    #    \   /
    #      3 -- 4
    graph = graph_of([[(1, E), (2, E)], [(3, E)], [(3, E)], [(4, E)], []], [0], [1, 2, 4, 8, 16])
    assert solve(graph) == ([5, 0, 0, 0, 3], [31, 2, 4, 24, 16])


@over_both_kernels
def test_sizes_and_sums_of_any_width_add_up_and_stop_at_the_largest_number() -> None:
    widths = [1, 100, 2**16 - 1, 2**16, 2**32 - 2, 2**32 - 1, 2**32, 2**47, 2**62]
    for seed in range(300):
        graph, chance = random_graph(seed), random.Random(seed)
        graph = replace(graph, sizes=Narrow.of(chance.choices(widths, k=len(graph)), np.uint16))
        retained = [min(total, 2**63 - 1) for total in brute_dominators(graph)[1]]
        assert solve(graph)[1] == retained, f"seed {seed}"


@over_both_kernels
def test_two_roots_share_what_both_reach() -> None:
    #   0 -> 2 <- 1      2 belongs to the virtual root, node 3
    graph = graph_of([[(2, E)], [(2, E)], []], [0, 1], [1, 2, 4])
    assert solve(graph) == ([3, 3, 3], [1, 2, 4])


@over_both_kernels
def test_a_root_that_is_also_referred_to_has_no_dominator() -> None:
    graph = graph_of([[(1, E)], [(0, E)]], [0, 1])
    assert solve(graph) == ([2, 2], [1, 1])


@over_both_kernels
def test_an_extra_root_counts_like_any_other() -> None:
    graph = graph_of([[(1, E)], [(2, E)], []], [0])
    assert solve(graph, (2,)) == ([3, 0, 3], [2, 1, 1])


@over_both_kernels
def test_an_orphan_that_refers_to_living_objects_changes_nothing() -> None:
    #   0 -> 1 <- 2 <-> 3     no root reaches 2 and 3
    graph = graph_of([[(1, E)], [], [(1, E), (3, E)], [(2, E)]], [0], [1, 2, 4, 8])
    assert solve(graph) == ([4, 0, 5, 5], [3, 2, 0, 0])


@over_both_kernels
def test_a_weak_reference_holds_nothing() -> None:
    graph = graph_of([[(1, W)], [(2, E)], []], [0])
    assert solve(graph) == ([3, 4, 4], [1, 0, 0])


@over_both_kernels
def test_a_weak_reference_beside_a_strong_path_is_no_second_path() -> None:
    graph = graph_of([[(1, E), (2, W)], [(2, E)], []], [0])
    assert solve(graph) == ([3, 0, 1], [3, 2, 1])


@pytest.mark.parametrize("nodes", [0, 1])
@over_both_kernels
def test_a_heap_without_roots_is_all_garbage(nodes: int) -> None:
    assert solve(graph_of([[]] * nodes, [])) == ([nodes + 1] * nodes, [0] * nodes)


@over_both_kernels
def test_sums_stop_at_the_largest_number() -> None:
    top = np.iinfo(np.int64).max
    graph = graph_of([[(1, E), (2, E)], [], []], [0], [1, top - 1, top - 1])
    assert solve(graph)[1] == [top, top - 1, top - 1]


def test_brute_force_agrees_on_thousands_of_random_graphs() -> None:
    for seed in range(100 * int(os.environ.get("HEAPDIFF_EXAMPLES", "10"))):
        graph = random_graph(seed)
        assert solve(graph) == brute_dominators(graph), f"seed {seed}"


@over_both_kernels
def test_the_twin_agrees_with_brute_force_too() -> None:
    for seed in range(10_000, 10_300):
        graph = random_graph(seed)
        assert solve(graph) == brute_dominators(graph), f"seed {seed}"


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(4))
def test_igraph_agrees_on_a_big_graph(seed: int) -> None:
    graph = big_random_graph(seed, 20_000, 50_000)
    n = len(graph)
    rows = strong_rows(graph)
    edges = [(node, target) for node, row in enumerate(rows) for target in row]
    edges += [(n, root) for root in {int(root.node) for root in graph.roots}]
    tree = igraph.Graph(n + 1, edges, directed=True).dominator(n, mode="out")
    reached = reached_by(rows, [root.node for root in graph.roots])
    expected = [tree[node] if node in reached else n + 1 for node in range(n)]
    assert compute_dominators(graph).tolist() == expected
    assert 1000 < len(reached) < n


@over_both_kernels
def test_what_has_its_like_above_it_is_not_outermost() -> None:
    #   0 -> 1 -> 2     kinds 7 8 7; 3 and 4, of kind 7, are unreached
    graph = graph_of([[(1, E)], [(2, E)], [], [(4, E)], []], [0])
    marked = find_outermost(compute_dominators(graph), np.array([7, 8, 7, 7, 7], np.uint32))
    assert marked.tolist() == [True, True, False, False, False]


@over_both_kernels
def test_outermost_is_whatever_has_none_of_its_kind_on_the_way_up() -> None:
    for seed in range(300):
        graph = random_graph(seed)
        kinds = np.random.default_rng(seed).integers(0, 3, len(graph)).astype(np.uint32)
        idom = compute_dominators(graph)
        expected = []
        for node in range(len(graph)):
            above, at = [], int(idom[node])
            while at < len(graph):
                above.append(int(kinds[at]))
                at = int(idom[at])
            expected.append(at == len(graph) and int(kinds[node]) not in above)
        assert find_outermost(idom, kinds).tolist() == expected, f"seed {seed}"


def test_a_tree_that_is_none_ends_all_the_same() -> None:
    circle = np.array([1, 0, 2, 4], np.uint32)
    assert find_outermost(circle, np.zeros(4, np.uint32)).tolist() == [False, False, False, True]


def chain(length: int) -> HeapGraph:
    """0 -> 1 -> 2 -> …, and from the last one back to the middle."""
    nodes = np.arange(length, dtype=np.uint32)
    graph = graph_of([()] * length, [0])
    targets = np.append(nodes[1:], np.uint32(length // 2))
    return HeapGraph(
        graph.addresses, graph.type_ids, graph.sizes, graph.refcounts, np.arange(length + 1, dtype=np.int32),
        targets, np.full(length, E << 28, np.uint32), graph.types, graph.names, roots=graph.roots,
    )  # fmt: skip


@pytest.mark.slow
def test_a_chain_of_a_million_needs_no_recursion(kernels: ModuleType) -> None:
    graph = chain(1_000_000 if kernels is _kernels else 100_000)
    idom = compute_dominators(graph)
    assert idom[0] == len(graph)
    assert (idom[1:] == np.arange(len(graph) - 1)).all()
    assert (compute_retained(graph, idom)[:] == np.arange(len(graph), 0, -1)).all()


def test_a_comb_that_defeats_naive_algorithms_is_solved_at_once() -> None:
    # 0 -> 1 -> … -> k, whose end refers to k leaves, to each of which the root refers as well
    k = 200_000
    graph = graph_of([()] * (2 * k), [0])
    spine = np.arange(1, k, dtype=np.uint32)
    leaves = np.arange(k, 2 * k, dtype=np.uint32)
    rows = np.concatenate(([len(leaves) + 1], np.ones(k - 2, np.int64), [len(leaves)], np.zeros(k, np.int64)))
    targets = np.concatenate((spine[:1], leaves, spine[1:], leaves)).astype(np.uint32)
    first = np.concatenate(([0], np.cumsum(rows))).astype(np.int32)
    comb = HeapGraph(
        graph.addresses, graph.type_ids, graph.sizes, graph.refcounts, first, targets,
        np.full(len(targets), E << 28, np.uint32), graph.types, graph.names, roots=graph.roots,
    )  # fmt: skip
    idom = compute_dominators(comb)
    assert (idom[leaves] == 0).all()
    assert (idom[spine] == spine - 1).all()


def test_a_wrong_dominator_tree_ends_all_the_same(kernels: ModuleType) -> None:
    sizes, none = np.array([1, 2, 4], np.uint32), (np.zeros(0, np.uint32), np.zeros(0, np.int64))
    assert kernels.retained(np.array([1, 0, 2], np.uint32), sizes, *none) == (b"", b"")
    assert sizes.tolist() == [1, 2, 4]


def test_arrays_that_do_not_fit_each_other_are_refused() -> None:
    graph = random_graph(5)
    idom, short = np.empty(len(graph), np.uint32), np.empty(len(graph) + 1, np.uint32)
    rows = graph.first_edge, graph.targets, graph.labels
    roots = np.array([0], np.uint32)
    with pytest.raises(ValueError, match="idom"):
        _kernels.dominators(*rows, roots, short)
    with pytest.raises(ValueError, match="roots"):
        _kernels.dominators(*rows, np.array([len(graph)], np.uint32), idom)
    with pytest.raises(ValueError, match="targets"):
        _kernels.dominators(rows[0], rows[1] + np.uint32(99), rows[2], roots, idom)
    with pytest.raises(ValueError, match="first"):
        _kernels.dominators(rows[0][::-1].copy(), rows[1], rows[2], roots, idom)
