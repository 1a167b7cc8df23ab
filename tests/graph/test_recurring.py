"""Objects that an earlier graph has, too, over both kernels."""

from __future__ import annotations

import random

import numpy as np
import pytest

from heapdiff.format import EdgeKind
from heapdiff.graph import _kernels, fallback
from heapdiff.graph.heap import HeapGraph
from heapdiff.graph.paths import IMMUTABLE, MUTABLE, REPLACED, match_addresses, prove_matches
from tests.graph.random_graphs import big_random_graph, graph_of, random_graph

over_both_kernels = pytest.mark.usefixtures("kernels")
E, W = EdgeKind.ELEMENT, EdgeKind.WEAK


def proven(
    before: HeapGraph, after: HeapGraph, matched: list[int], kinds: list[int] | None = None, start: int = 0
) -> list[int]:
    """The nodes to which a chain leads from one that is the same."""
    found = np.array(matched, np.int32)
    chosen = np.array(kinds or [MUTABLE] * len(after), np.uint8)
    prove_matches(before, after, found, chosen, np.array([start], np.int64))
    return np.flatnonzero(found >= 0).tolist()


@over_both_kernels
def test_a_reference_leads_on_in_its_old_place_and_in_another_one() -> None:
    before = graph_of([[(1, E), (2, E)], [], []], [0])
    after = graph_of([[(1, E), (3, E), (2, E)], [], [], []], [0])  # 3 was put between
    assert proven(before, after, [0, 1, 2, -1]) == [0, 1, 2]


@over_both_kernels
def test_a_reference_that_was_not_there_proves_nothing() -> None:
    before = graph_of([[(1, E)], [(0, E)], []], [0])
    after = graph_of([[(1, E), (2, E)], [(0, E)], []], [0])
    assert proven(before, after, [0, 1, 2]) == [0, 1]


@over_both_kernels
def test_weak_references_prove_nothing() -> None:
    weak, strong = graph_of([[(1, W)], []], [0]), graph_of([[(1, E)], []], [0])
    for before, after in ((weak, weak), (weak, strong), (strong, weak)):
        assert proven(before, after, [0, 1]) == [0]
    assert proven(strong, strong, [0, 1]) == [0, 1]


@over_both_kernels
def test_what_took_the_place_of_something_immutable_is_new_and_so_is_what_only_it_leads_to() -> None:
    # 0 -> 1 -> 2, and 1 refers to 3 as well now
    before = graph_of([[(1, E)], [(2, E)], [], []], [0])
    after = graph_of([[(1, E)], [(2, E), (3, E)], [], []], [0])
    assert proven(before, after, [0, 1, 2, 3]) == [0, 1, 2]
    assert proven(before, after, [0, 1, 2, 3], [MUTABLE, IMMUTABLE, MUTABLE, MUTABLE]) == [0]
    assert proven(before, before, [0, 1, 2, 3], [MUTABLE, IMMUTABLE, MUTABLE, MUTABLE]) == [0, 1, 2]
    assert proven(before, before, [0, 1, 2, 3], [MUTABLE, MUTABLE, REPLACED, MUTABLE]) == [0, 1]
    assert proven(after, before, [0, 1, 2, 3], [MUTABLE, IMMUTABLE, MUTABLE, MUTABLE]) == [0]  # it lost one


@over_both_kernels
def test_brute_force_agrees_on_random_graphs() -> None:
    for seed in range(600):
        chance = random.Random(seed)
        after = random_graph(seed)
        before = after if chance.random() < 0.5 else random_graph(chance.randrange(600))
        matched = [
            chance.choice((-1, chance.randrange(len(before)), min(node, len(before) - 1)))
            for node in range(len(after))
        ]
        kinds = [chance.choice((MUTABLE, MUTABLE, IMMUTABLE, REPLACED)) for _ in matched]
        start = max(range(len(after)), key=matched.__getitem__)
        if matched[start] >= 0:
            assert proven(before, after, matched, kinds, start) == brute(before, after, matched, kinds, start)


def brute(before: HeapGraph, after: HeapGraph, matched: list[int], kinds: list[int], start: int) -> list[int]:
    def row(graph: HeapGraph, node: int) -> list[int]:
        return [edge.target for edge in graph.edges(node) if edge.kind is not W]

    def is_barred(node: int) -> bool:
        old = row(before, matched[node])
        same = all(matched[target] >= 0 and matched[target] in old for target in row(after, node))
        return kinds[node] == REPLACED or (
            kinds[node] == IMMUTABLE and not (same and len(old) == len(row(after, node)))
        )

    found, changed = {start}, True
    while changed:
        more = {
            target
            for node in found
            for target in row(after, node)
            if matched[target] >= 0
            and matched[node] >= 0
            and matched[target] in row(before, matched[node])
            and not is_barred(target)
        }
        changed = not more <= found
        found |= more
    return sorted(found)


def test_the_twins_prove_the_same_of_a_bigger_graph() -> None:
    before, chance = big_random_graph(3, 3000, 9000), np.random.default_rng(3)
    after = big_random_graph(3, 3000, 9000)
    after.targets[::7] = chance.permutation(after.targets[::7])
    kinds = (chance.integers(0, 3, 3000) * (chance.random(3000) < 0.1)).astype(np.uint8)
    found = []
    for kernels in (_kernels, fallback):
        matched = np.arange(3000, dtype=np.int32)
        rows = (each for graph in (after, before) for each in (graph.first_edge, graph.targets, graph.labels))
        kernels.prove(*rows, kinds, np.arange(50, dtype=np.uint32), matched)
        found.append(matched.tolist())
    assert found[0] == found[1]
    assert 100 < sum(node >= 0 for node in found[0]) < 2900


@over_both_kernels
def test_addresses_are_matched_in_one_pass() -> None:
    for seed in range(200):
        chance = random.Random(seed)
        sides = [sorted(chance.sample(range(40), chance.randrange(20))) for _ in range(2)]
        before, after = (graph_of([()] * len(side), []) for side in sides)
        for graph, side in ((before, sides[0]), (after, sides[1])):
            graph.addresses[:] = [8 * at for at in side]
        expected = [sides[0].index(at) if at in sides[0] else -1 for at in sides[1]]
        assert match_addresses(before, after).tolist() == expected


def test_a_match_that_is_no_object_is_refused() -> None:
    graph = graph_of([[(0, E)]], [0])
    rows = (graph.first_edge, graph.targets, graph.labels)
    kind, start, one = np.zeros(1, np.uint8), np.zeros(1, np.uint32), np.zeros(1, np.int32)
    for wrong in (-2, 1):
        with pytest.raises(ValueError, match="matched: neither a node nor -1"):
            _kernels.prove(*rows, *rows, kind, start, np.array([wrong], np.int32))
    with pytest.raises(ValueError, match="kinds"):
        _kernels.prove(*rows, *rows, np.zeros(2, np.uint8), start, one)
    with pytest.raises(ValueError, match="starts"):
        _kernels.prove(*rows, *rows, kind, start + np.uint32(1), one)
    with pytest.raises(ValueError, match="matched"):
        _kernels.match(np.zeros(2, np.uint64), np.zeros(1, np.uint64), one)
