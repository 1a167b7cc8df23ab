"""A holder may have millions of entries: what is asked about it looks at few of them one by one."""

from __future__ import annotations

import pytest

from heapdiff.graph.heap import Edge, HeapGraph
from tests.analysis.summaries import compared

LONG, MORE, FEW = 3_000, 2_000, 500


@pytest.mark.parametrize(
    "holder", ["list", "set", "dict", "functools._lru_cache_wrapper", "collections.deque", "shop.Store"]
)
def test_a_comparison_decodes_few_of_a_long_holders_references(
    holder: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    decoded = 0
    decode = HeapGraph.edge

    def counting(graph: HeapGraph, position: int) -> Edge:
        nonlocal decoded
        decoded += 1
        return decode(graph, position)

    monkeypatch.setattr(HeapGraph, "edge", counting)
    course = [f"shop.c.ROWS: {holder} -> shop.Row * {count} size=80" for count in (LONG, LONG + MORE)]
    (found,) = compared(*course, requests=MORE).suspects
    assert found.objects_delta >= MORE
    assert 0 < decoded < FEW
