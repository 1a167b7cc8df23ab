"""A graph from stored arrays is the one in the file, answers alike, and isn't believed where it doesn't fit the file's tables."""

from __future__ import annotations

import os
import zlib
from collections.abc import Callable
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from heapdiff.agent.directory.access import prepare_directory
from heapdiff.analysis import build_tree, explain, take_inventory
from heapdiff.analysis.reach.retained import compute_dominance
from heapdiff.analysis.reach.routes import compute_routes
from heapdiff.errors import SnapshotError
from heapdiff.format import EdgeKind
from heapdiff.graph import HeapGraph, load
from heapdiff.graph.loading import _Loading
from heapdiff.graph.narrow import Narrow
from heapdiff.graph.stored.cabinet import Cabinet
from heapdiff.graph.stored.heading import encode_heading
from heapdiff.graph.stored.reading import read_heading
from heapdiff.graph.stored.shelf import NO_SHELF
from heapdiff.snapshot import read_snapshot
from tests.cli.snapshot_files import SHOP_SAMPLED, write_snapshot

HEAP = f"""
    {SHOP_SAMPLED}
    shop.codes.BY_NUMBER: dict -> [1]: list -> []: str "a"
    shop.codes.BIG: dict -> [9007199254740993]: float
    shop.codes.BY_NUMBER -> [2]: list $both
    shop.codes.BY_NUMBER -> [3]: $both
"""


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    return tmp_path / "cache"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return write_snapshot(tmp_path, HEAP)


class Counting:
    """How often something was computed and not found."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.decoded = 0
        real = _Loading.decode

        def decode(loading: _Loading, scanned: bool = True) -> Any:
            self.decoded += 1
            return real(loading, scanned)

        monkeypatch.setattr(_Loading, "decode", decode)


def answers(path: Path, cache: Path | None) -> list[Any]:
    """Of every kind, from one command's graph."""
    snapshot = read_snapshot(path)
    if cache is None:
        return answer_all(load(snapshot))
    with Cabinet(cache, 10**8, prepare_directory, least_bytes=0) as cabinet:
        return answer_all(load(snapshot, cabinet=cabinet))


def answer_all(graph: HeapGraph) -> list[Any]:
    routes = compute_routes(graph)
    dominance = compute_dominance(routes)
    told = [
        explain(graph, "shop.models.Session"),
        explain(graph, "shop.codes.BY_NUMBER[1]"),
        build_tree(graph, "", 50),
    ]
    told += [take_inventory(graph, by, retained=5) for by in ("holder", "type", "module")]
    told += [plain(part) for part in (graph, routes, dominance, graph.referrers)]
    return told


def plain(part: Any) -> dict[str, Any]:
    """The fields of a value that are arrays or numbers, as Python's own."""
    values = {each.name: getattr(part, each.name) for each in fields(part)}
    return {
        name: (value.dtype.name, value.tolist()) if isinstance(value, np.ndarray) else value
        for name, value in values.items()
        if isinstance(value, (np.ndarray, int, tuple))
    }


def test_every_answer_is_the_same(path: Path, cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    counting = Counting(monkeypatch)
    expected = answers(path, None)
    assert answers(path, cache) == expected
    assert counting.decoded == 2
    assert answers(path, cache) == expected
    assert counting.decoded == 2
    assert sorted(name.split(".")[1] for name in os.listdir(cache)) == [
        "dominance",
        "dominated",
        "records",
        "referrers",
        "routes",
        "ties",
    ]


def test_one_of_the_files_is_enough_to_go_on(path: Path, cache: Path) -> None:
    expected = answers(path, cache)
    for name in os.listdir(cache):
        (cache / name).unlink()
        assert answers(path, cache) == expected


def test_a_snapshot_that_changed_under_its_name_and_time_is_read_anew(
    path: Path, cache: Path, tmp_path: Path
) -> None:
    answers(path, cache)
    heap = path.with_suffix(".heap")
    about, other = heap.stat(), HEAP.replace("size=56", "size=57")
    write_snapshot(tmp_path, other)
    assert heap.stat().st_size == about.st_size
    os.utime(heap, ns=(about.st_atime_ns, about.st_mtime_ns))
    assert answers(path, cache) == answers(path, None)


def test_a_graph_made_from_another_keeps_nothing(path: Path, cache: Path) -> None:
    with Cabinet(cache, 10**8, prepare_directory, least_bytes=0) as cabinet:
        graph = load(read_snapshot(path), cabinet=cabinet)
        assert graph.shelf is not NO_SHELF
        assert replace(graph, sizes=Narrow.of(graph.sizes[:] * 2, np.uint16)).shelf is NO_SHELF


def test_no_name_and_no_text_is_stored(path: Path, cache: Path) -> None:
    """But the snapshot's path."""
    answers(path, cache)
    names = {b"SESSIONS", b"Session", b"basket", b"models", b"session_for", b"builtins"}
    assert all(name in path.with_suffix(".heap").read_bytes() for name in names)
    stored = b"".join((cache / each).read_bytes() for each in os.listdir(cache))
    assert {name for name in names if name in stored} == set()


def test_small_snapshots_are_left_alone(path: Path, cache: Path) -> None:
    with Cabinet(cache, 10**8, prepare_directory) as cabinet:
        load(read_snapshot(path), cabinet=cabinet)
    assert not cache.exists()


def first(value: int) -> Callable[[NDArray[Any]], None]:
    def change(array: NDArray[Any]) -> None:
        array[0] = value

    return change


def swap(array: NDArray[Any]) -> None:
    array[[3, 4]] = array[[4, 3]]


def step_back(array: NDArray[Any]) -> None:
    array[1] = array[-1]


def label(kind: int, payload: int) -> Callable[[NDArray[Any]], None]:
    return first(kind << 28 | payload)


FORGED = [
    ("addresses", swap),
    ("type_ids", first(10_000)),
    ("sizes", first(2**16 - 1)),
    ("refcounts", first(2**8 - 1)),
    ("first_edge", first(1)),
    ("first_edge", step_back),
    ("first_edge", lambda array: array.__setitem__(-1, array[-1] + 1)),
    ("targets", first(2**32 - 1)),
    ("labels", label(EdgeKind.ATTRIBUTE, 100_000)),
    ("labels", label(EdgeKind.INT_VALUE, 5)),
    ("labels", label(14, 0)),
    ("labels", label(15, 0)),
    ("named", first(2**31)),
    ("named", lambda array: array.__setitem__(1, 2**31)),
    ("counts", first(3)),
    ("counts", lambda array: array.__setitem__(1, -1)),
]


@pytest.mark.parametrize("at", range(len(FORGED)))
def test_records_that_do_not_fit_the_file_are_decoded_anew(
    path: Path, cache: Path, at: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever forged them got every checksum right."""
    counting = Counting(monkeypatch)
    expected = answers(path, cache)
    name, change = FORGED[at]
    forge(cache, "records", name, change)
    assert answers(path, cache) == expected
    assert counting.decoded == 2


@pytest.mark.parametrize(
    ("group", "name", "value"),
    [
        ("routes", "via", -2),
        ("routes", "via", 2**31 - 1),
        ("routes", "parent", -2),
        ("routes", "parent", 2**31 - 1),
        ("routes", "distance", -1),
        ("referrers", "first", 1),
        ("referrers", "first", 2**31 - 1),
        ("referrers", "sources", 2**32 - 1),
        ("referrers", "edges", 2**32 - 1),
        ("dominance", "idom", 2**32 - 1),
        ("dominance", "retained", 2**32 - 1),
        ("dominated", "first", 1),
        ("dominated", "first", 2**31 - 1),
        ("dominated", "nodes", 2**32 - 1),
        ("ties", "targets", 2**32 - 1),
        ("ties", "edges", 2**32 - 1),
    ],
)
def test_what_is_out_of_range_is_computed_anew(
    path: Path, cache: Path, group: str, name: str, value: int
) -> None:
    expected = answers(path, cache)
    whole = find_file(cache, group).read_bytes()
    forge(cache, group, name, first(value))
    assert find_file(cache, group).read_bytes() != whole
    assert answers(path, cache) == expected
    assert find_file(cache, group).read_bytes() == whole


def find_file(cache: Path, group: str) -> Path:
    (file,) = (cache / each for each in os.listdir(cache) if f".{group}." in each)
    return file


def forge(cache: Path, group: str, name: str, change: Callable[[NDArray[Any]], Any]) -> None:
    """Change one array of a stored file, and make its checksums right."""
    file = find_file(cache, group)
    descriptor = os.open(file, os.O_RDONLY)
    heading, start = read_heading(descriptor)
    os.close(descriptor)
    content = bytearray(file.read_bytes())
    for each, kind, count, at in heading.places():
        if each == name:
            change(np.frombuffer(content, kind, count, start + at))
    body = bytes(content[start:])
    file.unlink()
    file.write_bytes(encode_heading(replace(heading, chunks=(zlib.crc32(body),))) + body)
    file.chmod(0o600)


def test_one_that_takes_its_place_while_it_is_read_is_refused(
    path: Path, cache: Path, tmp_path: Path
) -> None:
    """Else what is stored would be of other bytes than those that were verified."""
    heap, other = path.with_suffix(".heap"), tmp_path / "other"
    other.write_bytes(heap.read_bytes())

    def swap(done: int, size: int) -> None:
        if done == size // 3:
            other.rename(heap)

    snapshot = read_snapshot(path)
    with (
        Cabinet(cache, 10**8, prepare_directory, least_bytes=0) as cabinet,
        pytest.raises(SnapshotError, match="took its place"),
    ):
        load(snapshot, swap, cabinet)
    assert os.listdir(cache) == []
