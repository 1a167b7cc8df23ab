"""Which strings are equal: a number for each record of certain types, in the order of the file."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from heapdiff.errors import SnapshotError
from heapdiff.format import HASH, Section, TypeFlag, encode_varint, zigzag
from heapdiff.graph import load
from heapdiff.graph.heap import HeapGraph
from heapdiff.snapshot import read_snapshot
from tests.forged import CONTINUED, FIRST, Forged, summarize_forged, text
from tests.heapfiles import write_snapshot
from tests.heaps import heap

over_both_kernels = pytest.mark.usefixtures("kernels")
STR, LIST, MORE = b"\0\1", b"\0\0", bytes((CONTINUED,))


def write(
    directory: Path, records: Sequence[bytes], hashes: Sequence[int], flags: int = TypeFlag.HASHED
) -> Path:
    """A file of records 16 bytes apart, each a tag and what follows its address, and these hashes."""
    with Forged(directory / "forged.heap") as forged:
        forged.section(Section.TYPE, bytes(2) + b"\x10" + text("builtins") + text("list"))
        forged.section(Section.TYPE, bytes((0, flags, 16)) + text("builtins") + text("str"))
        for number, record in enumerate(records):
            forged.objects += record[0] != CONTINUED
            address = FIRST + 16 * forged.objects
            forged.section(Section.OBJECTS, record[:1] + encode_varint(zigzag(address >> 3)) + record[1:])
            if number < len(hashes):  # wherever the records stand
                forged.section(Section.HASHES, HASH.pack(hashes[number]))
        if len(hashes) > len(records):
            forged.section(Section.HASHES, b"".join(map(HASH.pack, hashes[len(records) :])))
    return summarize_forged(directory / "forged.heap")


def read(path: Path) -> HeapGraph:
    return load(read_snapshot(path))


def hashes_of(graph: HeapGraph) -> list[int] | None:
    return None if graph.hashes is None else graph.hashes.tolist()


@over_both_kernels
def test_each_record_of_a_hashed_type_has_the_next_hash(tmp_path: Path) -> None:
    records = [STR, LIST, STR, MORE, LIST, STR]
    graph = read(write(tmp_path, records, [5, 0, 9]))
    assert hashes_of(graph) == [5, 0, 0, 0, 9]
    assert graph.hashes is not None
    assert graph.hashes.dtype == np.uint32


@over_both_kernels
def test_a_file_without_the_section_has_no_hashes(tmp_path: Path) -> None:
    assert hashes_of(read(write(tmp_path, [STR], []))) is None


@over_both_kernels
@pytest.mark.parametrize("hashes", [[5], [5, 6, 7]], ids=["too few", "too many"])
def test_hashes_that_do_not_fit_the_records_are_damage(tmp_path: Path, hashes: list[int]) -> None:
    with pytest.raises(SnapshotError, match="more"):
        read(write(tmp_path, [STR] * 2, hashes))


@over_both_kernels
def test_hashes_of_types_that_have_none_are_damage(tmp_path: Path) -> None:
    with pytest.raises(SnapshotError, match="more hashes than objects"):
        read(write(tmp_path, [STR], [5], flags=0))


def test_a_hash_that_is_cut_is_damage(tmp_path: Path) -> None:
    with Forged(tmp_path / "a.heap") as forged:
        forged.section(Section.HASHES, b"abc")
    with pytest.raises(SnapshotError, match="a hash reaches past the end"):
        read(summarize_forged(tmp_path / "a.heap"))


@over_both_kernels
def test_hashes_survive_writing_and_reading(tmp_path: Path) -> None:
    graph = heap(
        "shop.LOG: list -> [0]: str * 2 text=7\n shop.LOG -> [2]: bytes text=8\n shop.LOG -> [3]: str"
    )
    assert hashes_of(read(write_snapshot(graph, tmp_path))) == hashes_of(graph)
    assert sorted(hashes_of(graph) or ())[-3:] == [7, 7, 8]
