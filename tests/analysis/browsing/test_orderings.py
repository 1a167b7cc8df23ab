"""The orders and totals that pages are cut from, against what a look at each object says."""

from __future__ import annotations

from collections import defaultdict

import numpy as np
import pytest

from heapdiff.analysis.browsing.orderings import order_by, rank_by_weight
from heapdiff.analysis.browsing.prepared import prepare
from heapdiff.graph import _kernels, dominators, fallback, heap, paths
from tests.analysis.browsing.looking import SHOP, shop
from tests.graph.random_graphs import random_graph


def test_an_order_has_each_key_in_one_row_and_the_heaviest_first_in_it() -> None:
    keys = np.array([2, 0, 2, 0, 1], np.uint32)
    weights = np.array([5, 1, 9, 1, 3], np.int64)
    assert order_by(keys, rank_by_weight(weights)).tolist() == [1, 3, 4, 2, 0]


def test_numbers_beyond_half_of_their_range_keep_their_order() -> None:
    keys = np.array([2**32 - 1, 2**31, 0], np.uint32)
    weights = np.array([0, 2**63 - 1, 2**62], np.int64)
    assert order_by(keys, rank_by_weight(weights)).tolist() == [2, 1, 0]


def test_each_object_stands_below_its_type_and_below_its_dominator_once() -> None:
    for seed in range(200):
        prepared = prepare(random_graph(seed))
        idom, retained = prepared.dominance.idom, prepared.dominance.retained
        below = defaultdict(list)
        for node in sorted(range(len(idom)), key=lambda node: (-retained[node], node)):
            below[int(idom[node])].append(node)
        for node in range(len(idom) + 2):
            assert prepared.dominated_by(node).tolist() == below[node], f"seed {seed}"
        assert sorted(prepared.orders.by_kind.tolist()) == list(range(len(idom)))


def test_a_heap_of_nothing_can_be_looked_at_too() -> None:
    prepared = shop("")
    assert (prepared.dominated_by(0).tolist(), prepared.totals.counts.sum()) == ([], 0)


@pytest.mark.parametrize("kernels", [_kernels, fallback])
def test_what_types_retain_counts_nothing_twice(kernels: object, monkeypatch: pytest.MonkeyPatch) -> None:
    for user in (dominators, heap, paths):
        monkeypatch.setattr(user, "kernels", kernels)
    nested = "shop.A: list size=10 -> []: list size=20 -> []: bytes size=70"
    prepared = shop(nested)
    lists = prepared.kind_numbers["list"]
    assert (prepared.totals.counts[lists], prepared.totals.bytes[lists]) == (2, 30)
    assert prepared.totals.retained[lists] == 100


def test_two_types_of_one_name_are_one_row() -> None:
    prepared = shop(SHOP)
    for name in prepared.kinds:
        there = [node for node in range(len(prepared.graph)) if prepared.graph.type_name(node) == name]
        assert sorted(prepared.of_kind(name).tolist()) == there
