"""Sorting objects by how the routes to them read: by marking, by a table and by sorting, always the same classes."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from heapdiff.analysis.holders import alike
from heapdiff.analysis.holders.alike import Likeness, find_alike, number_rows
from heapdiff.analysis.reach.routes import compute_routes
from tests.heaps import heap

SHOP = """
    shop.cache.SESSIONS: dict -> [*]: shop.models.Session * 50 $s -> .tags: list -> [*]: str * 3
    shop.cache.USERS: dict -> [*]: shop.models.User * 40 -> .name: str
    shop.jobs.QUEUE: list -> []: shop.jobs.Job * 30 -> .args: tuple -> []: str * 2
    shop.jobs.NAMES: list -> []: str * 25
    native: list extra=1 -> [*]: str * 4
"""


def ranks(*columns: NDArray[np.int64]) -> NDArray[np.int64]:
    """The rank of each row among the distinct ones, by plain sorting."""
    rows = list(zip(*(column.tolist() for column in columns), strict=True))
    order = {row: rank for rank, row in enumerate(sorted(set(rows)))}
    return np.array([order[row] for row in rows], np.int64)


@pytest.mark.parametrize("width", [3, 50, 10**4, 2**40])
@pytest.mark.parametrize("distinct", [1, 5, 300])
def test_rows_are_numbered_in_their_order_whether_values_are_close_or_far_apart(
    width: int, distinct: int
) -> None:
    random = np.random.default_rng(width + distinct)
    values = random.integers(-2, width, distinct)
    columns = [random.choice(values, 500), random.integers(-1, 4, 500), random.choice(values, 500)]
    count, numbers = number_rows(*columns)
    assert numbers.tolist() == ranks(*columns).tolist()
    assert count == numbers.max() + 1


def test_no_row_is_no_class() -> None:
    nothing = np.zeros(0, np.int64)
    count, numbers = number_rows(nothing, nothing)
    assert (count, len(numbers)) == (0, 0)


@pytest.mark.parametrize("few", [1, 10**9], ids=["sorting alone", "tables"])
@pytest.mark.parametrize("most", [1, 8, 100])
def test_classes_are_the_same_by_tables_and_by_sorting(
    few: int, most: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    routes = compute_routes(heap(SHOP))
    nodes = np.flatnonzero(routes.reached)
    expected = find_alike(routes, nodes, most)
    monkeypatch.setattr(alike, "FEW", few)
    for one, other in zip(find_alike(routes, nodes, most), expected, strict=True):
        assert one.tolist() == other.tolist()


def test_a_class_counts_all_its_objects_and_has_the_lowest_for_them() -> None:
    routes = compute_routes(heap(SHOP))
    texts = np.flatnonzero([routes.graph.type_name(node) == "str" for node in range(len(routes.graph))])
    texts = texts[routes.reached[texts]]
    first, counts = find_alike(routes, texts, 1)
    assert counts.sum() == len(texts)
    assert sorted(counts.tolist(), reverse=True) == counts.tolist()
    assert {60, 40, 150, 25, 4} <= set(counts.tolist())
    assert first.min() == texts.min()


@pytest.mark.parametrize("length", [2, alike.SHORT - 1, alike.SHORT, 3 * alike.SHORT])
def test_a_run_of_like_steps_is_left_at_its_first_however_long_it_is(length: int) -> None:
    chain = " -> .next: shop.Node" * length
    routes = compute_routes(heap(f"shop.HEAD: shop.List -> .first: shop.Node{chain} -> .value: shop.End"))
    graph = routes.graph
    (end,) = [node for node in range(len(graph)) if graph.type_name(node) == "shop.End"]
    last = int(routes.parent[end])
    (top,) = Likeness(routes).top_of(np.array([last])).tolist()
    assert graph.type_name(top) == "shop.Node"
    assert graph.type_name(int(routes.parent[int(routes.parent[top])])) == "shop.List"
    assert Likeness(routes).top_of(np.array([-1])).tolist() == [-1]
