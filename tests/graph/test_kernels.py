"""The kernels' own contract: order of calls, arrays that fit, and what happens without the extension."""

from __future__ import annotations

import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import pytest

from heapdiff.graph import _kernels, fallback
from heapdiff.graph.fallback import decoder as twin
from heapdiff.graph.kernels import LEAST_OBJECTS, SLOW, side_by_side
from tests.heapfiles import write_snapshot
from tests.heaps import heap

WITHOUT_C = """
import sys
sys.modules["heapdiff.graph._kernels"] = None
from heapdiff.graph import compute_dominators, load
from heapdiff.graph.kernels import LEAST_OBJECTS, SLOW, side_by_side
from heapdiff.snapshot import read_snapshot
graph = load(read_snapshot(sys.argv[1]))
print(len(graph), len(compute_dominators(graph)), SLOW)
"""


def sealed() -> _kernels.Decoder:
    """One object of type 0 at 0x1000."""
    decoder = _kernels.Decoder(7)
    decoder.scan(b"\x00\x80\x08\x00")
    assert (decoder.seal(), decoder.objects) == (1, 1)
    return decoder


def test_this_installation_has_the_fast_kernels() -> None:
    assert SLOW is None


def test_without_the_extension_the_twins_work_and_say_so(tmp_path: Path) -> None:
    graph = heap("shop.A: dict -> [*]: shop.Session * 3")
    command = [sys.executable, "-c", WITHOUT_C, str(write_snapshot(graph, tmp_path))]
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=Path(__file__).parents[2])
    assert done.stdout.startswith(f"{len(graph)} {len(graph)} The graph kernels run in Python, which is slow")
    assert done.stderr == ""


def test_two_are_made_at_once_and_come_back_in_order(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("heapdiff.graph.kernels.count_processors", lambda: 8)
    both = threading.Barrier(2)

    def make(item: int) -> tuple[int, int]:
        if item < 2:
            both.wait(10)  # nobody gets past it alone
        return item, threading.get_ident()

    made = side_by_side(make, range(5), LEAST_OBJECTS)
    assert [item for item, _ in made] == [0, 1, 2, 3, 4]
    assert len({thread for _, thread in made}) == 2


@pytest.mark.parametrize(("processors", "objects"), [(1, LEAST_OBJECTS), (8, LEAST_OBJECTS - 1)])
def test_one_processor_or_few_objects_need_no_second_thread(
    monkeypatch: pytest.MonkeyPatch, processors: int, objects: int
) -> None:
    monkeypatch.setattr("heapdiff.graph.kernels.count_processors", lambda: processors)
    made = side_by_side(lambda _: threading.get_ident(), range(3), objects)
    assert made == [threading.get_ident()] * 3


def test_what_one_of_two_raises_is_raised(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("heapdiff.graph.kernels.count_processors", lambda: 2)

    def fail(item: int) -> int:
        if item:
            raise ValueError(f"item {item}")
        return item

    with pytest.raises(ValueError, match="item 1"):
        side_by_side(fail, [0, 1, 2], LEAST_OBJECTS)


def test_calls_out_of_order_are_refused() -> None:
    with pytest.raises(ValueError, match="out of order"):
        _kernels.Decoder(1).describe(b"")
    with pytest.raises(ValueError, match="out of order"):
        _kernels.Decoder(1).addresses(np.empty(0, np.uint64))
    with pytest.raises(ValueError, match="out of order"):
        sealed().scan(b"")
    with pytest.raises(ValueError, match="one file"):
        sealed().__init__(1)  # type: ignore[misc]


def test_tables_that_contradict_themselves_are_refused() -> None:
    one, none, labels = np.zeros(1, np.int64), np.zeros(0, np.uint32), np.zeros(2, np.uint32)
    node, rows = np.zeros(1, np.uint32), np.array([0, 0, 2], np.uint32)
    flags = np.zeros(1, np.uint8)
    sealed().tables(one, node, rows, labels, flags, 1)
    with pytest.raises(ValueError, match="type_nodes"):
        sealed().tables(one, node + np.uint32(1), rows, labels, flags, 1)
    with pytest.raises(ValueError, match="base_sizes"):
        sealed().tables(np.zeros(2, np.int64), node, rows, labels, flags, 1)
    with pytest.raises(ValueError, match="hashed"):
        sealed().tables(one, node, rows, labels, flags[:0], 1)
    for first in (none, rows[::-1].copy(), rows[:2].copy()):
        with pytest.raises(ValueError, match="layout_first"):
            sealed().tables(one, node, first, labels, flags, 1)


def test_a_file_that_changed_between_two_passes_cannot_write_out_of_bounds() -> None:
    decoder = sealed()
    decoder.tables(
        np.zeros(1, np.int64),
        np.full(1, 2**32 - 1, np.uint32),
        np.zeros(2, np.uint32),
        np.zeros(0, np.uint32),
        np.zeros(1, np.uint8),
        1,
    )
    first = np.zeros(3, np.int32)
    decoder.columns(
        np.zeros(1, np.uint16),
        np.zeros(1, np.uint16),
        np.zeros(1, np.uint8),
        first,
        np.empty((0, 2), np.uint32),
        np.empty((0, 4), np.uint32),
        np.empty(0, np.uint32),
    )
    decoder.describe(b"\x00\x80\x08\x00")
    with pytest.raises(ValueError, match="table of names"):
        decoder.describe(b"\x08\x80\x08\x00\x00")  # now it has a name
    none = np.empty(0, np.uint32)
    decoder.references(none, none.copy(), np.empty(0, np.int64))
    with pytest.raises(ValueError, match="changed"):
        decoder.fill(b"\x10\x80\x08\x00\x16\x01")  # now it refers to itself
    with pytest.raises(ValueError, match="changed"):
        decoder.fill(b"\x00\x80\x10\x00")  # now it stands elsewhere


def test_arrays_of_the_wrong_length_are_refused() -> None:
    decoder = sealed()
    with pytest.raises(ValueError, match="2 items instead of 1"):
        decoder.addresses(np.empty(2, np.uint64))
    with pytest.raises(ValueError, match="nodes"):
        decoder.find(np.zeros(2, np.uint64), np.empty(3, np.uint32))
    with pytest.raises(ValueError, match="retained"):
        _kernels.retained(
            np.zeros(2, np.uint32), np.zeros(1, np.uint32), np.zeros(0, np.uint32), np.zeros(0, np.int64)
        )
    with pytest.raises(ValueError, match="places"):
        _kernels.retained(
            np.zeros(2, np.uint32), np.zeros(2, np.uint32), np.array([2], np.uint32), np.zeros(1, np.int64)
        )


def test_start_costs_out_of_order_are_refused() -> None:
    first, none, no_labels = np.zeros(3, np.int32), np.empty(0, np.uint32), np.empty(0, np.uint32)
    out = [np.empty(2, np.int32) for _ in range(3)]
    starts, costs = np.array([0, 1], np.uint32), np.empty(0, np.uint8)
    for wrong in ([2, 1], [-1, 0]):
        with pytest.raises(ValueError, match="start_costs"):
            _kernels.paths(first, none, no_labels, costs, starts, np.array(wrong, np.int64), *out)


A_PAGE_LATER = b"\x00\x80\x08\x00"


def most_pages(least: int, page_bytes: int) -> int:
    """So many pages of one object each may a section describe, in as many records as `A_PAGE_LATER` has bytes each."""
    a_page = page_bytes - len(A_PAGE_LATER) * twin.BYTES_PER_FILE_BYTE
    return -(-(least + page_bytes) // a_page) - 1


@pytest.mark.parametrize("decoder_of", [_kernels.Decoder, fallback.Decoder], ids=["c", "python"])
@pytest.mark.parametrize(
    ("first", "page_bytes"),
    [(A_PAGE_LATER, twin.PAGE_BYTES), (b"\x00\x82\x08\x00", twin.PAGE_BYTES + twin.UPPERS_BYTES)],
    ids=["lower halves", "upper halves"],
)
def test_objects_further_apart_than_a_file_of_its_size_can_have_are_refused(
    decoder_of: type[_kernels.Decoder] | type[fallback.Decoder],
    first: bytes,
    page_bytes: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    least = twin.BYTES_LEAST
    if decoder_of is fallback.Decoder:
        least = 1 << 16  # it takes seconds for the real one
        monkeypatch.setattr(twin, "BYTES_LEAST", least)
    pages = most_pages(least, page_bytes)
    decoder_of(7).scan(first + A_PAGE_LATER * (pages - 2))
    with pytest.raises(ValueError, match="too far apart for a file of this size"):
        decoder_of(7).scan(first + A_PAGE_LATER * (pages + 1))
