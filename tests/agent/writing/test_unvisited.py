"""What no traverse visits stands in the snapshot all the same: a stream's text, a time's zone, what decodes a file."""

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


TIMES = """
import datetime, io
class Moment(datetime.datetime): pass
class Short(datetime.time): __slots__ = ()
class Codec: pass
zone = datetime.timezone(datetime.timedelta(minutes=61), "heapdiff")
codec = Codec()
aware = [datetime.datetime(2026, 1, 1, tzinfo=zone), datetime.time(1, tzinfo=zone), Moment(2026, 1, 1, tzinfo=zone), Short(1, tzinfo=zone)]
naive = [datetime.datetime(2026, 1, 1), datetime.time(1), Moment(2026, 1, 1), Short(1), datetime.date(2026, 1, 1)]
kept = [zone, zone.utcoffset(None), zone.tzname(None), codec, io.IncrementalNewlineDecoder(codec, False)]
objects = [*kept, *aware, *naive]
"""


def test_a_time_has_its_zone_and_a_text_decoder_its_codec(tmp_path: Path) -> None:
    graph, nodes = take_after(TIMES, "objects", tmp_path)
    zone, offset, name, codec, decoder = nodes[:5]
    zones = [[edge.target for edge in graph.edges(node) if edge.name == "tzinfo"] for node in nodes[5:]]
    assert zones == [[zone]] * 4 + [[]] * 5
    assert {offset, name} <= {edge.target for edge in graph.edges(zone)}
    assert codec in {edge.target for edge in graph.edges(decoder)}
