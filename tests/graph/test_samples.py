"""What was recorded comes out of a file as it went in, and a file that lies about it is refused."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from heapdiff.format import ModuleOwner, SampleRow, SampleSource
from heapdiff.graph.heap import HeapGraph
from heapdiff.graph.loading import load
from heapdiff.graph.samples import Calls, CodePlace, EndpointCalls, Recording
from heapdiff.graph.tables import MOST_FRAMES, decode_samples
from heapdiff.model import NodeIndex
from heapdiff.snapshot import read_snapshot
from heapdiff.snapshot.samples import SAMPLE_FIELDS, encode_sample
from tests.builder import CodeLine, GraphBuilder
from tests.heapfiles import write_snapshot
from tests.heaps import draw, heap

RECORDED = """
    shop.cache.SESSIONS: dict $table -> [*]: shop.models.Session * 3 $session
    sample * 4 of $session size=100 age=7: session_for shop/cache.py:31 < Flask.dispatch_request flask/app.py:900 of flask
    sample direct of $table: <module> shop/cache.py:3
    sample size=9: session_for shop/cache.py:30 < Flask.dispatch_request flask/app.py:900 of flask
    calls shop.product: 1200
    calls search: 3
"""


def reread(graph: HeapGraph, place: Path) -> HeapGraph:
    return load(read_snapshot(write_snapshot(graph, place)))


def stack_of(graph: HeapGraph, sample: int) -> list[tuple[CodePlace, int]]:
    """Innermost frame first."""
    samples = graph.samples
    assert samples is not None
    frame, found = int(samples.stacks[sample]), []
    while frame:
        found.append((samples.places[int(samples.codes[frame])], int(samples.lines[frame])))
        frame = int(samples.callers[frame])
    return found


@pytest.mark.parametrize("written", [False, True], ids=["drawn", "written and read"])
def test_each_sample_is_told_with_its_object_and_its_stack(written: bool, tmp_path: Path) -> None:
    graph, labels = draw(RECORDED)
    graph = reread(graph, tmp_path) if written else graph
    samples = graph.samples
    assert samples is not None
    assert list(samples.recordings) == [Recording(SampleSource.SAMPLER, 1 << 19, 3_600_000)]
    session = [labels[name] for name in ("session", "session1", "session2", "session")]
    assert samples.nodes.tolist() == [*session, labels["table"], -1]
    assert samples.direct.tolist() == [False, False, False, False, True, False]
    assert samples.bytes.tolist() == [100, 100, 100, 100, 1024, 9]
    assert samples.ages_ms.tolist() == [7, 7, 7, 7, 1000, 1000]
    flask = CodePlace("flask/app.py", "Flask.dispatch_request", ModuleOwner.DISTRIBUTION, "flask")
    keeping = CodePlace("shop/cache.py", "session_for", ModuleOwner.APPLICATION)
    assert stack_of(graph, 0) == stack_of(graph, 3) == [(keeping, 31), (flask, 900)]
    assert stack_of(graph, 5) == [(keeping, 30), (flask, 900)]
    assert len(samples.callers) == 5, "a frame that two stacks share stands once"


def test_calls_are_told_with_their_endpoints(tmp_path: Path) -> None:
    drawn = heap(RECORDED)
    graph = reread(drawn, tmp_path)
    search = next(node for node in range(len(drawn)) if drawn.name_of(node) == "search")
    assert graph.calls == Calls(
        (EndpointCalls("shop.product", 1200), EndpointCalls("search", 3, NodeIndex(search)))
    )


def test_a_code_object_and_a_second_source_are_told(tmp_path: Path) -> None:
    builder = GraphBuilder()
    code = builder.add_object("code", name="f")
    builder.add_sample([CodeLine("a.py", 1, "f", code=code)])
    builder.record(SampleSource.TRACEMALLOC, interval=0)
    builder.add_sample([], code)
    graph = reread(builder.build(), tmp_path)
    assert graph.samples is not None
    assert graph.samples.places[0].node == graph.index_of(builder.address(code))
    assert graph.samples.recording.tolist() == [0, 1]
    assert [each.source for each in graph.samples.recordings] == [*SampleSource]


def test_a_snapshot_without_them_has_none(tmp_path: Path) -> None:
    graph = reread(heap("a.B: list"), tmp_path)
    assert graph.samples is None
    assert graph.calls is None


REFUSED = r"sample|frame|code|name|line|number"
GOOD = {
    SampleRow.SOURCE: (1, 512, 10, 5, 0),
    SampleRow.CODE: (0x10, 4, 1, 1, 1),
    SampleRow.STACK: (0, 1, 31),
    SampleRow.SAMPLE: (1, 0x20, 100, 5, 1, 0x20),
}


def payloads(**changes: int) -> list[bytes]:
    """A section of each kind with one row, some fields of which are said otherwise: `stack_line=7`."""
    made = []
    for kind, values in GOOD.items():
        row = dict(zip(SAMPLE_FIELDS[kind], values, strict=True))
        row |= {field: changes[name] for field in row if (name := f"{kind.name.lower()}_{field}") in changes}
        made.append(bytes((kind,)) + encode_sample(kind, row))
    return made


def nowhere(addresses: np.ndarray) -> np.ndarray:
    return np.full(len(addresses), 2**32 - 1, np.uint32)


def test_what_the_damaged_ones_begin_with_is_whole() -> None:
    decoded = decode_samples(payloads(), ["", "x"], nowhere)
    assert decoded is not None
    assert decoded.nodes.tolist() == [-1]
    assert decoded.direct.tolist() == [True]


@pytest.mark.parametrize(
    "changes",
    [
        {"source_source": 0},
        {"source_source": 3},
        {"code_owner": 5},
        {"code_name": 2},
        {"code_file": 1 << 40},
        {"code_distribution": 2},
        {"code_address": 1 << 57},
        {"stack_caller": 1},
        {"stack_code": 0},
        {"stack_code": 2},
        {"stack_line": 1 << 32},
        {"sample_source": 0},
        {"sample_source": 2},
        {"sample_stack": 2},
        {"sample_bytes": 1 << 48},
        {"sample_address": 1 << 57},
        {"sample_object": 1 << 60},
        {"sample_age_ms": 1 << 63},
    ],
)
def test_a_row_that_refers_to_nothing_is_refused(changes: dict[str, int]) -> None:
    with pytest.raises(ValueError, match=REFUSED):
        decode_samples(payloads(**changes), ["", "x"], nowhere)


@pytest.mark.parametrize(
    "sections",
    [
        [b""], [b"\0"], [b"\5"], [b"\3\0"], [b"\4\1\1\1\1\1"], [b"\1\1\1\1\1\x80"], [b"\3\0\1\0"], [b"\1" + bytes(5)],
        [b"\1" + b"\1" * 5 * 17], [b"\1" + b"\xff" * 10 + b"\1\1\1\1\1"],
    ],
)  # fmt: skip
def test_a_section_that_is_no_table_is_refused(sections: list[bytes]) -> None:
    with pytest.raises(ValueError, match=REFUSED):
        decode_samples(sections, ["", "x"], nowhere)


@pytest.mark.parametrize(("frames", "fits"), [(MOST_FRAMES, True), (MOST_FRAMES + 1, False)])
def test_a_stack_has_an_end(frames: int, fits: bool) -> None:
    rows = (encode_sample(SampleRow.STACK, {"caller": at, "code": 1, "line": 1}) for at in range(frames))
    stacks = bytes((SampleRow.STACK,)) + b"".join(rows)
    sections = [section for section in payloads() if section[0] != SampleRow.STACK]
    if fits:
        decode_samples([*sections, stacks], ["", "x"], nowhere)
        return
    with pytest.raises(ValueError, match="256 frames"):
        decode_samples([*sections, stacks], ["", "x"], nowhere)
