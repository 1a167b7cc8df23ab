"""A directory stands for the snapshots in it, and for nothing else that lies there."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from heapdiff.errors import SnapshotError
from heapdiff.snapshot import find_snapshots
from tests.heapfiles import write_snapshot
from tests.heaps import heap

SMALL = heap("shop.A: dict -> [*]: shop.Session * 3")


def test_the_snapshots_in_a_directory_are_listed_by_name_each_once(tmp_path: Path) -> None:
    paths = [write_snapshot(SMALL, tmp_path, stem) for stem in ("b", "a", "c")]
    paths[2].unlink()
    assert find_snapshots([tmp_path]) == [tmp_path / "a.json", tmp_path / "b.json", tmp_path / "c.heap"]


def test_what_is_no_snapshot_is_left_out(tmp_path: Path) -> None:
    path = write_snapshot(SMALL, tmp_path)
    (tmp_path / "report.json").write_text('{"schema": "compare/1"}')
    (tmp_path / "empty.json").touch()
    (tmp_path / "notes.txt").write_text("snapshot/1")
    (tmp_path / ".hidden.heap.partial").touch()
    (tmp_path / ".hidden.heap").touch()
    (tmp_path / "below").mkdir()
    os.mkfifo(tmp_path / "pipe.heap")
    assert find_snapshots([tmp_path]) == [path]


def test_files_stay_as_they_were_named(tmp_path: Path) -> None:
    path = write_snapshot(SMALL, tmp_path)
    assert find_snapshots(["missing.json", tmp_path, str(path)]) == [Path("missing.json"), path, path]


def test_a_damaged_snapshot_is_listed_so_that_reading_it_says_so(tmp_path: Path) -> None:
    path = write_snapshot(SMALL, tmp_path)
    path.write_bytes(path.read_bytes()[:300])
    assert find_snapshots([tmp_path]) == [path]


def test_a_directory_without_snapshots_is_named(tmp_path: Path) -> None:
    with pytest.raises(SnapshotError, match="holds no snapshots"):
        find_snapshots([tmp_path])
