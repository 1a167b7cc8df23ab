"""Consecutive snapshots that have their graphs are compared once, over runs as well, and never across what was compared."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from heapdiff.fleet.ingest import batches, ingesting
from heapdiff.fleet.ingest.ingesting import ingest
from heapdiff.fleet.lake.log import read_state
from heapdiff.fleet.lake.opening import open_store
from heapdiff.fleet.lake.schemas import TAILS
from tests.cli.snapshot_files import SHOP, write_snapshot
from tests.fleet.documents import comparison, reference, write
from tests.fleet.rows import rows_of


@pytest.fixture
def lake(tmp_path: Path) -> str:
    return str(tmp_path / "lake")


@pytest.fixture
def heaps(tmp_path: Path) -> Path:
    folder = tmp_path / "heaps"
    folder.mkdir()
    return folder


def snapshot(folder: Path, number: int, **process: object) -> Path:
    """The sessions grow by 100 from one to the next."""
    return write_snapshot(folder, SHOP.format(sessions=100 * number, handlers=3), number, **process)


def intervals(lake: str) -> list[tuple[int, int]]:
    """By the minutes that their ends have."""
    return sorted((row["before_at"].minute, row["after_at"].minute) for row in rows_of(lake, "comparisons"))


def test_each_is_compared_with_the_one_before_it(lake: str, heaps: Path) -> None:
    for number in (1, 2, 3):
        snapshot(heaps, number)
    done = ingest([str(heaps)], lake)
    assert (done.compared, intervals(lake)) == (2, [(1, 2), (2, 3)])
    found = rows_of(lake, "suspects")
    assert {(row["path"], row["entries_delta"]) for row in found} == {("shop.cache.SESSIONS", 100)}
    assert len({row["fingerprint"] for row in found}) == 1
    assert {row["comparison"] for row in found} == {row["key"] for row in rows_of(lake, "comparisons")}


def test_the_earlier_one_may_be_of_an_earlier_run(lake: str, heaps: Path) -> None:
    for number in (1, 2, 3, 4):
        snapshot(heaps, number)
        assert ingest([str(heaps)], lake).compared == (number > 1)
    assert intervals(lake) == [(1, 2), (2, 3), (3, 4)]


def test_an_earlier_one_that_is_gone_is_not_missed(lake: str, heaps: Path) -> None:
    first = snapshot(heaps, 1)
    ingest([str(heaps)], lake)
    first.with_suffix(".heap").unlink()
    snapshot(heaps, 2)
    assert ingest([str(heaps)], lake).compared == 0
    snapshot(heaps, 3)
    assert ingest([str(heaps)], lake).compared == 1
    assert intervals(lake) == [(2, 3)]


def test_one_that_lies_elsewhere_now_is_left_alone(lake: str, heaps: Path, tmp_path: Path) -> None:
    snapshot(heaps, 1)
    ingest([str(heaps)], lake)
    other = tmp_path / "other"
    other.mkdir()
    snapshot(other, 2)
    assert ingest([str(other)], lake).compared == 0


def test_a_late_one_has_a_row_and_no_pair(lake: str, heaps: Path) -> None:
    for number in (1, 3):
        snapshot(heaps, number)
    ingest([str(heaps)], lake)
    snapshot(heaps, 2)
    done = ingest([str(heaps)], lake)
    assert (done.compared, len(rows_of(lake, "snapshots"))) == (0, 3)
    assert intervals(lake) == [(1, 3)]


def test_what_was_compared_elsewhere_is_not_compared_again(lake: str, heaps: Path) -> None:
    for number in (1, 2, 3):
        snapshot(heaps, number)
    worker = {"pid": 4242, "identity": "", "host": "web1", "started_at": "2026-11-22T13:00:00.000000Z"}
    ends = [reference(1, 0, **worker, captured_at=f"2026-11-22T14:0{at}:07.000000Z") for at in (1, 2)]
    write(heaps / "compare.json", comparison(1, snapshots=ends))
    done = ingest([str(heaps)], lake)
    workers = {row["worker"] for row in rows_of(lake, "snapshots")}
    assert workers == {row["worker"] for row in rows_of(lake, "comparisons")}
    assert (done.compared, done.overlapping) == (1, 1)
    assert intervals(lake) == [(1, 2), (2, 3)]


def test_copies_with_their_graphs_are_not_compared_again(lake: str, heaps: Path, tmp_path: Path) -> None:
    for number in (1, 2):
        snapshot(heaps, number)
    shutil.copytree(heaps, heaps / "copies")
    assert ingest([str(heaps)], lake).compared == 1
    shutil.copytree(heaps, tmp_path / "elsewhere")
    assert ingest([str(tmp_path / "elsewhere")], lake).compared == 0


def test_a_damaged_graph_is_said_and_its_summary_taken(lake: str, heaps: Path) -> None:
    for number in (1, 2):
        path = snapshot(heaps, number)
    graph = path.with_suffix(".heap")
    os.truncate(graph, graph.stat().st_size // 2)
    done = ingest([str(heaps)], lake)
    assert (done.compared, done.unreadable, len(rows_of(lake, "snapshots"))) == (0, 1, 2)
    assert "cut off" in done.failures[0].reason


def test_nothing_is_compared_where_nobody_wants_it(lake: str, heaps: Path) -> None:
    for number in (1, 2):
        snapshot(heaps, number)
    assert ingest([str(heaps)], lake, compares=False).compared == 0
    assert rows_of(lake, "comparisons") == []


def test_many_are_compared_in_batches(lake: str, heaps: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ingesting, "MOST_GRAPHS", 2)
    for number in range(1, 6):
        snapshot(heaps, number)
    assert ingest([str(heaps)], lake).compared == 4


def test_the_ends_of_many_workers_are_kept_in_few_files(
    lake: str, heaps: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batches, "MOST_TAILS", 2)
    for number in range(1, 5):
        snapshot(heaps, number)
        (heaps / str(number)).mkdir()
        snapshot(heaps / str(number), number, pid=number)
        ingest([str(heaps)], lake)
    state = read_state(open_store(lake))
    assert state is not None
    assert len(list(state.of(TAILS))) == 2
    assert len(state.removed) == 2
    assert intervals(lake) == [(1, 2), (2, 3), (3, 4)]
