"""What was written to an io.StringIO stands in the snapshot as the stream's, though no traverse visits it."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from heapdiff.format import EdgeKind
from tests.agent.writing.taking import take_after

STREAMS = """
import io
class Log(io.StringIO): pass
written, made, read, empty = io.StringIO(), Log(), io.StringIO(), io.StringIO()
for stream in (written, made, read):
    for number in range(50): stream.write(f"{number} " + "x" * 100)
read.getvalue(), read.seek(0), read.read(3)
streams = [written, made, read, empty]
"""
KEPT = "list" if sys.version_info < (3, 12) else "str"


@pytest.mark.skipif(sys.version_info >= (3, 14), reason="its writer stands in a block of its own")
def test_a_stream_has_what_was_written_to_it_until_it_is_read(tmp_path: Path) -> None:
    graph, nodes = take_after(STREAMS, "streams", tmp_path)
    found = [
        [
            graph.type_name(edge.target)
            for edge in graph.edges(node, EdgeKind.INTERNAL)
            if edge.name == "written"
        ]
        for node in nodes
    ]
    assert found[:3] == [[KEPT], [KEPT], []]
    assert found[3] in ([], [KEPT])
