"""How much of another object's buffer a view shows stands in the snapshot, and who keeps the buffer."""

from __future__ import annotations

from pathlib import Path

from tests.agent.writing.taking import take_after

VIEWS = """
import numpy
whole = numpy.zeros((1000, 100))
row, column, same = whole[3], whole[:, 2], whole.T
dates = numpy.zeros(1000, "datetime64[s]")[::2]
shown = memoryview(bytearray(5000))[10:20]
views = [row, column, same, dates, shown, whole]
"""


def test_views_say_how_many_bytes_they_show(tmp_path: Path) -> None:
    graph, nodes = take_after(VIEWS, "views", tmp_path)
    assert [graph.views.get(node) for node in nodes] == [800, 8000, 800_000, 8000, 10, None]
    assert [edge.name for edge in graph.edges(nodes[0]) if edge.target == nodes[-1]] == ["base"]
