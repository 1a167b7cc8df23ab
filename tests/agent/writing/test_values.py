"""Values are users' data: written only on request, and then as they are."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from pathlib import Path

import pytest

from heapdiff import graph
from heapdiff.format import Section
from heapdiff.graph.heap import HeapGraph
from heapdiff.snapshot import Snapshot, read_snapshot
from heapdiff.snapshot.sections import read_sections
from heapdiff.snapshot.tables import decode_json
from tests.agent.target import Target

HEAP = """
class Basket:
    pass
KEPT = {"mail-%d@example.org" % 7: Basket(), "näïve €" * 40: Basket(), 12345678901: Basket(), -7.25: Basket()}
RAW = {b"raw\\x00" * 3: Basket(), 1 << 80: Basket()}
"""


@pytest.fixture(params=["native", "gc"])
def target(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Target]:
    with Target() as running:
        running.execute(
            f"import heapdiff, os\nos.environ['HEAPDIFF_ENGINE'] = {request.param!r}\n"
            f"heapdiff.install(dir={str(tmp_path / 'snapshots')!r}, signal=None)"
        )
        running.execute(HEAP)
        yield running


def take(target: Target, values: bool) -> Snapshot:
    return read_snapshot(Path(target.evaluate(f"str(heapdiff.snapshot(values={values}))")))


def keys_of_baskets(heap: HeapGraph) -> set[str]:
    """The values of all keys under which a basket lies."""
    found = set()
    for node in range(len(heap)):
        if heap.type_name(node) == "dict":
            edges = list(heap.edges(node))
            for key, value in itertools.pairwise(edges):
                if heap.type_name(value.target) == "__main__.Basket" and key.target in heap.values:
                    found.add(heap.values[key.target])
    return found


def test_values_are_written_on_request_and_cut_to_a_hundred_bytes(target: Target) -> None:
    snapshot = take(target, values=True)
    cut = ("näïve €" * 40).encode()[:100].decode("utf-8", "ignore")
    assert snapshot.summary.values
    heap = graph.load(snapshot)
    assert snapshot.heap is not None
    (info,) = [section for section in read_sections(snapshot.heap) if section.tag == Section.INFO]
    assert decode_json(info.tag, info.payload).content["values"] is True
    assert keys_of_baskets(heap) == {
        repr("mail-7@example.org"), f"{cut!r}…", "12345678901", "-7.25", repr(b"raw\x00" * 3),
    }  # fmt: skip


def test_without_the_request_no_value_is_in_the_files(target: Target) -> None:
    snapshot = take(target, values=False)
    assert snapshot.heap is not None
    assert not snapshot.summary.values
    content = snapshot.heap.read_bytes() + snapshot.path.read_bytes()
    assert [word for word in (b"mail-7", "näïve".encode(), b"raw\x00raw", b"VALS") if word in content] == []
    assert dict(graph.load(snapshot).values) == {}
