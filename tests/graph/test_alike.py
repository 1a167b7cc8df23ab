"""Rows of the dominator tree: the C kernel against its twin, and what it refuses to follow."""

from __future__ import annotations

import random
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from heapdiff.format import LABEL_SHIFT, EdgeKind
from heapdiff.graph import (
    _kernels,
    compute_dominators,
    compute_retained,
    dominators,
    fallback,
    shortest_paths,
)
from heapdiff.graph.dominators import DominatorTree
from heapdiff.graph.narrow import Narrow
from tests.graph.random_graphs import big_random_graph, graph_of, random_graph

E = EdgeKind.ELEMENT
over_both_kernels = pytest.mark.usefixtures("kernels")
WIDTHS = (1, 2**8 - 1, 2**16 - 1, 2**16, 2**32 - 1, 2**47, 2**62)
DTYPES = (np.uint8, np.uint16, np.uint32)


def tree_of(seed: int) -> DominatorTree:
    """Of a random graph with types, names, sizes of all widths, and namespaces."""
    chance = random.Random(seed)
    graph = random_graph(seed) if seed % 25 else big_random_graph(seed, 2000, 6000)
    kinds = [chance.choice(range(12)) << LABEL_SHIFT | chance.randrange(3) for _ in graph.targets]
    graph = replace(
        graph,
        sizes=Narrow.of(chance.choices(WIDTHS, k=len(graph)), chance.choice(DTYPES)),
        type_ids=np.array(chance.choices((0, 1, 65535), k=len(graph)), chance.choice((np.uint16, np.uint32))),
        labels=np.array(kinds, np.uint32),
    )
    idom = compute_dominators(graph)
    paths = shortest_paths(graph, np.ones(len(graph.targets), np.uint8), [root.node for root in graph.roots])
    inside = np.flatnonzero(idom < len(graph))
    order = inside[np.argsort(idom[inside], kind="stable")].astype(np.uint32)
    first = np.searchsorted(np.sort(idom[inside]), np.arange(len(graph) + 1)).astype(np.int32)
    return DominatorTree(
        graph=graph,
        idom=idom,
        retained=compute_retained(graph, idom),
        first=first,
        nodes=order,
        parent=paths.parent,
        via=paths.edge,
        is_space=np.array([chance.random() < 0.2 for _ in range(len(graph))]),
    )


def rows_of(tree: DominatorTree, members: list[int]) -> list[object]:
    below = tree.below(np.array(members, np.uint32))
    groups = [tree.group(below, nested, most) for nested in (False, True) for most in (1, 10_000)]
    return [
        below.tolist(),
        *((alike.members.tolist(), alike.retained, alike.own, alike.heaviest) for each in groups for alike in each),
    ]  # fmt: skip


def test_both_kernels_make_the_same_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    for seed in range(200):
        tree = tree_of(seed)
        members = random.Random(seed).choices(range(len(tree.graph)), k=min(len(tree.graph), 500))
        rows = []
        for kernels in (_kernels, fallback):
            monkeypatch.setattr(dominators, "kernels", kernels)
            rows.append(rows_of(tree, members))
        assert rows[0] == rows[1], f"seed {seed}"
        assert len(rows[0]) > 1 or not rows[0][0]


@over_both_kernels
def test_objects_in_a_namespace_come_in_its_place_to_a_depth_of_two() -> None:
    """
    0 ──► 1 (namespace) ──► 2 (namespace) ──► 3 (namespace) ──► 4
    """
    graph = graph_of([[(1, E)], [(2, E)], [(3, E)], [(4, E)], []], [0])
    tree = replace(tree_of(1), graph=graph, first=np.array([0, 1, 2, 3, 4, 4], np.int32),
                   nodes=np.arange(1, 5, dtype=np.uint32), is_space=np.array([0, 1, 1, 1, 0], np.bool_))  # fmt: skip
    assert tree.below(np.array([0], np.uint32)).tolist() == [3]
    assert tree.below(np.array([3], np.uint32)).tolist() == [4]


@pytest.mark.parametrize(
    "wrong",
    [
        {"first": np.array([0, 9, 9], np.int32)},
        {"first": np.array([0, -1, 0], np.int32)},
        {"nodes": np.array([2], np.uint32)},
        {"parent": np.array([-1, 2], np.int32)},
        {"parent": np.array([-1, -2], np.int32)},
        {"via": np.array([-1, 1], np.int32)},
        {"is_space": np.zeros(3, np.bool_)},
    ],
    ids=str,
)
def test_a_number_that_is_no_place_in_its_array_is_not_followed(wrong: dict[str, Any]) -> None:
    graph = graph_of([[(1, E)], []], [0])
    idom = compute_dominators(graph)
    right: dict[str, Any] = {
        "first": np.array([0, 1, 1], np.int32),
        "nodes": np.array([1], np.uint32),
        "parent": np.array([-1, 0], np.int32),
        "via": np.array([-1, 0], np.int32),
        "is_space": np.zeros(2, np.bool_),
    }
    retained = compute_retained(graph, idom)
    tree = DominatorTree(graph, idom, retained, **right)
    assert rows_of(tree, [0])[0] == [1]
    with pytest.raises(ValueError, match=r"no place in its array|items instead of"):
        rows_of(replace(tree, **wrong), [0])
    with pytest.raises(ValueError, match="no place in its array"):
        tree.below(np.array([2], np.uint32))
    with pytest.raises(ValueError, match="no place in its array"):
        tree.group(np.array([2], np.uint32), True, 1)
