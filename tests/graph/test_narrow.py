"""Numbers too wide for their column: none is clipped, whichever way it's read."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from heapdiff.graph import load
from heapdiff.graph.narrow import BLOCK, Members, Narrow, Presence, blocks, distinct
from heapdiff.snapshot import read_snapshot
from tests.builder import GraphBuilder
from tests.heapfiles import write_snapshot

NUMBERS = {
    np.uint8: [0, 1, 253, 254, 255, 256, 65535, 2**31, 2**32 - 1, 2**32, 2**62, 7],
    np.uint16: [0, 1, 65533, 65534, 65535, 65536, 2**31, 2**32 - 1, 2**32, 2**47, 2**62, -1, 7],
}


@pytest.mark.parametrize("dtype", NUMBERS)
def test_numbers_beyond_each_width_come_back_however_they_are_asked_for(
    dtype: type[np.unsignedinteger], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("heapdiff.graph.narrow.BLOCK", 3)
    numbers = NUMBERS[dtype]
    column = Narrow.of(numbers, dtype)
    n = len(numbers)
    nodes = np.array([n - 1, 0, 5, 5, -1, -n], np.int32)
    mask = np.arange(n) % 3 > 0
    assert column.short.dtype == dtype
    assert column.tolist() == column[:].tolist() == np.asarray(column).tolist() == numbers
    assert [column[at] for at in range(-n, n)] == numbers + numbers
    assert column[nodes].tolist() == [numbers[node] for node in nodes]
    assert column[nodes.astype(np.uint32)[:4]].tolist() == [numbers[node] for node in nodes[:4]]
    assert column[mask].tolist() == np.array(numbers)[mask].tolist()
    assert column[n - 2 : 1 : -3].tolist() == numbers[n - 2 : 1 : -3]
    assert column[[]].tolist() == []
    assert column.at(np.array([3, 4])).tolist() == numbers[3:5]
    assert column[:].dtype == np.int64
    assert Narrow.of(numbers[:6], dtype).sum() == sum(numbers[:6])
    assert [part for block in blocks(n) for part in column[block].tolist()] == numbers


def test_wide_numbers_may_come_in_any_order_but_must_be_those_that_are_marked() -> None:
    short = np.array([255, 3, 255], np.uint8)
    places, wide = np.array([2, 0], np.uint32), np.array([900, 300])
    assert Narrow.read(short, places, wide).tolist() == [300, 3, 900]
    for wrong in ([0], [0, 0]):
        with pytest.raises(ValueError, match="changed while it was read"):
            Narrow.read(short, np.array(wrong, np.uint32), wide[: len(wrong)])


def test_a_sparse_column_says_the_least_of_all_it_was_not_told_of() -> None:
    told = {7: 3, 2: 253, 9: 254, 0: -1, 4: 2**40}
    column = Narrow.sparse(10, told, -1)
    assert column.tolist() == [told.get(node, -1) for node in range(10)]
    assert column[np.array([9, 4, 3, 9])].tolist() == [254, 2**40, -1, 254]
    assert Narrow.sparse(3, {}, -1).tolist() == [-1, -1, -1]
    assert column.short.dtype == np.uint8


def test_members_are_told_from_others_also_where_there_are_none() -> None:
    nodes = np.array([5, 0, -1, 9, 2**31 - 1, 5])
    assert Members.of([9, 5, 5])[nodes].tolist() == [True, False, False, True, False, True]
    assert not Members.of([])[nodes].any()
    assert Members.of([2])[2] is True
    assert Members.of([2])[np.int32(3)] is False


@pytest.mark.usefixtures("kernels")
def test_a_file_keeps_sizes_and_reference_counts_beyond_every_width(tmp_path: Path) -> None:
    chance, built = random.Random(5), GraphBuilder()
    sizes = [0, 65534, 65535, 65536, 2**31, 2**32, 2**48 - 1, *(chance.randrange(2**17) for _ in range(40))]
    counts = [0, 254, 255, 256, 65535, 2**31, 2**32 - 1, *(chance.randrange(600) for _ in range(40))]
    for size, count in zip(sizes, counts, strict=True):
        built.add_object("list", size=size, refcount=count)
    graph = built.build()
    read = load(read_snapshot(write_snapshot(graph, tmp_path)))
    assert read.sizes.tolist() == graph.sizes.tolist()
    assert read.refcounts.tolist() == graph.refcounts.tolist()
    assert sorted(read.sizes.tolist()) == sorted(sizes)
    assert sorted(read.refcounts.tolist()) == sorted(counts)
    assert read.sizes.short.dtype == np.uint16
    assert read.refcounts.short.dtype == np.uint8


@pytest.mark.soak
def test_more_types_than_16_bits_have_keep_their_numbers(tmp_path: Path) -> None:
    built = GraphBuilder()
    for number in range(2**16 + 2):
        built.add_object(f"shop.Made{number}")
    read = load(read_snapshot(write_snapshot(built.build(), tmp_path)))
    names = sorted(read.type_name(node) for node in range(len(read)))
    assert names == sorted(f"shop.Made{number}" for number in range(2**16 + 2))
    assert read.type_ids.dtype == np.uint32


@pytest.mark.parametrize("dtype", [np.int64, np.uint32, np.uint64])
def test_the_different_numbers_are_those_that_numpy_finds(dtype: type[np.integer[Any]]) -> None:
    chance = np.random.default_rng(1)
    for length in (0, 1, 2, 50, 1000):
        numbers = chance.integers(0, 40, length).astype(dtype)
        found = distinct(numbers)
        assert found.dtype == dtype
        assert found.tolist() == np.unique(numbers).tolist()


def test_a_value_is_looked_for_in_the_blocks_that_have_it() -> None:
    column = np.zeros(3 * BLOCK + 5, np.uint16)
    column[[1, BLOCK - 1, 3 * BLOCK]], column[3 * BLOCK + 1] = 1, 2
    present = Presence(column, 4)
    for values in ([1], [2], [1, 2], [3], []):
        wanted = np.isin(np.arange(4), values)
        assert present.find(wanted).tolist() == np.flatnonzero(np.isin(column, values)).tolist()
