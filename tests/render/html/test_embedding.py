"""What the page's scripts read."""

from __future__ import annotations

from dataclasses import replace

from heapdiff.model import MemoryHistory
from heapdiff.render.html.embedding import embed, name_terms
from heapdiff.render.html.page import write_data
from tests.render.html.poisoned import shop


def test_the_map_is_columns_of_the_groups() -> None:
    report = shop(3, 40)
    data = embed(report)["owners"]
    assert report.owners is not None
    groups = report.owners.groups
    assert [data["names"][at] for at in data["label"]] == [group.label for group in groups]
    assert [data["names"][at] for at in data["type"]] == [group.type for group in groups]
    assert data["bytes"] == [group.bytes for group in groups]
    assert data["before"] == [group.bytes_before[0] for group in groups]
    assert len(data["names"]) == len(set(data["names"]))


def test_the_memory_equation_has_a_row_for_each_snapshot_that_adds_up() -> None:
    report = shop(3, 40, 80)
    data = embed(report)["equation"]
    assert data["terms"] == name_terms(report)
    assert [sum(row) for row in data["rows"]] == [each.memory.rss_bytes for each in report.summaries]
    assert len(data["names"]) == 3


def test_memory_over_time_is_the_snapshots_and_what_the_agent_saw_between_them() -> None:
    report = shop(3, 40)
    first, last = report.summaries
    history = MemoryHistory(age_ms=(90_000, 30_000), rss_bytes=(5, 7))
    seen = replace(last, memory=replace(last.memory, history=history))
    resident, objects = embed(replace(report, summaries=(first, seen)))["growth"]["lines"]
    assert [size for _, size in resident["points"]] == [5, first.memory.rss_bytes, 7, last.memory.rss_bytes]
    assert [size for _, size in objects["points"]] == [
        each.memory.python_object_bytes for each in report.summaries
    ]
    assert [at for at, _ in resident["points"]] == sorted(at for at, _ in resident["points"])


def test_one_snapshot_without_a_history_has_no_line() -> None:
    assert embed(shop(3))["growth"] is None


def test_data_cannot_end_its_element() -> None:
    text = write_data({"name": "</script><!--&\u2028"})
    assert text == '{"name":"\\u003c/script\\u003e\\u003c!--\\u0026\\u2028"}'
