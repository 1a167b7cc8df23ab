"""The rules answer about every heap that a valid file may hold, and say only what a finding can say."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings

from heapdiff.analysis.waste.advising import HEAP_RULES
from heapdiff.analysis.waste.ground import groups
from heapdiff.analysis.waste.ground.worker import Heap
from heapdiff.analysis.waste.structures import boxed_numbers, instances, list_in_frame, same_keys
from heapdiff.graph.heap import HeapGraph
from tests.analysis.summaries import summarize
from tests.any_graphs import any_graphs


@pytest.fixture(autouse=True)
def _nothing_is_too_little(monkeypatch: pytest.MonkeyPatch) -> None:
    """So that what rules say about thousands of objects is said about one."""
    for where, what in (
        (groups, "LEAST_BYTES"),
        (instances, "LEAST_INSTANCES"),
        (same_keys, "LEAST_DICTS"),
        (same_keys, "FEWEST_KEYS"),
        (boxed_numbers, "LONG"),
        (list_in_frame, "LONG"),
    ):
        monkeypatch.setattr(where, what, 1)


@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(any_graphs())
def test_every_rule_answers(graphs: tuple[HeapGraph, HeapGraph]) -> None:
    earlier, graph = graphs
    heap = Heap(graph, summarize(graph), earlier)
    for find_waste in HEAP_RULES:
        for finding in find_waste(heap):
            assert finding.title
            assert finding.change
            assert finding.bytes >= (finding.saves_bytes or 0)
