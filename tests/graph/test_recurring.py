"""References that an earlier graph has, too, over both kernels."""

from __future__ import annotations

import random

import numpy as np
import pytest

from heapdiff.format import LABEL_SHIFT, EdgeKind
from heapdiff.graph import _kernels
from heapdiff.graph.heap import HeapGraph
from heapdiff.graph.recurring import ELSEWHERE, mark_recurring
from tests.graph.random_graphs import graph_of, random_graph

over_both_kernels = pytest.mark.usefixtures("kernels")
E, W = EdgeKind.ELEMENT, EdgeKind.WEAK
NEW, IN_PLACE = 0, 1


def marks(before: HeapGraph, after: HeapGraph, matched: list[int]) -> list[int]:
    return list(mark_recurring(before, after, np.array(matched, np.int64)))


@over_both_kernels
def test_a_reference_in_its_old_place_is_common_and_one_that_moved_is_elsewhere() -> None:
    before = graph_of([[(1, E), (2, E)], [], []], [0])
    after = graph_of([[(1, E), (3, E), (2, E)], [], [], []], [0])  # 3 was put between
    assert marks(before, after, [0, 1, 2, -1]) == [IN_PLACE, NEW, ELSEWHERE]


@over_both_kernels
def test_a_row_that_grew_has_nothing_common_behind_its_old_end() -> None:
    before = graph_of([[(1, E)], [(0, E)]], [0])
    after = graph_of([[(1, E), (0, E)], [(0, E)]], [0])
    assert marks(before, after, [0, 1]) == [IN_PLACE, ELSEWHERE, IN_PLACE]


@over_both_kernels
def test_weak_references_are_never_common() -> None:
    weak, strong = graph_of([[(1, W)], []], [0]), graph_of([[(1, E)], []], [0])
    assert marks(weak, weak, [0, 1]) == [NEW]
    assert marks(weak, strong, [0, 1]) == [ELSEWHERE]


@over_both_kernels
def test_references_of_and_to_new_objects_are_new() -> None:
    graph = graph_of([[(1, E)], [(0, E)]], [0])
    assert marks(graph, graph, [0, -1]) == [NEW, NEW]
    assert marks(graph_of([], []), graph, [-1, -1]) == [NEW, NEW]


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
        assert marks(before, after, matched) == brute_marks(before, after, matched), seed


def brute_marks(before: HeapGraph, after: HeapGraph, matched: list[int]) -> list[int]:
    def row(graph: HeapGraph, node: int) -> list[tuple[int, bool]]:
        span = slice(graph.first_edge[node], graph.first_edge[node + 1])
        weak = graph.labels[span] >> LABEL_SHIFT == W
        return list(zip(graph.targets[span].tolist(), (~weak).tolist(), strict=True))

    found = []
    for node, then in enumerate(matched):
        old = row(before, then) if then >= 0 else []
        for place, (target, strong) in enumerate(row(after, node)):
            if not strong or then < 0 or matched[target] < 0:
                found.append(NEW)
            else:
                found.append(IN_PLACE if old[place : place + 1] == [(matched[target], True)] else ELSEWHERE)
    return found


def test_a_match_that_is_no_object_is_refused() -> None:
    graph = graph_of([[(0, E)]], [0])
    rows = (graph.first_edge, graph.targets, graph.labels)
    for wrong in (-2, 1):
        with pytest.raises(ValueError, match="matched: neither a node nor -1"):
            _kernels.recurring(*rows, *rows, np.array([wrong], np.int64), np.empty(1, np.uint8))
    with pytest.raises(ValueError, match="marks"):
        _kernels.recurring(*rows, *rows, np.array([0], np.int64), np.empty(2, np.uint8))
