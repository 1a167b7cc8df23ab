"""Beside a snapshot lies what somebody else may have put there: of links, only the one that the user names is followed."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from heapdiff.errors import SnapshotError
from heapdiff.snapshot import find_snapshots, read_snapshot
from heapdiff.snapshot.dump import dump_heap
from heapdiff.snapshot.packing import open_source
from tests.heapfiles import write_snapshot
from tests.heaps import heap


@pytest.fixture
def real(tmp_path: Path) -> Path:
    """A whole snapshot, elsewhere."""
    (tmp_path / "real").mkdir()
    return write_snapshot(heap("shop.A: dict -> [*]: shop.Session * 3"), tmp_path / "real", "a")


@pytest.fixture
def given(tmp_path: Path) -> Path:
    (tmp_path / "given").mkdir()
    return tmp_path / "given"


@pytest.mark.parametrize("suffix", ["", ".gz"])
def test_a_graph_that_is_a_link_is_not_opened(real: Path, given: Path, suffix: str) -> None:
    (given / "a.json").write_bytes(real.read_bytes())
    (given / f"a.heap{suffix}").symlink_to(real.with_suffix(".heap"))
    assert read_snapshot(given / "a.json").heap is None


def test_a_summary_that_is_a_link_is_not_opened(real: Path, given: Path) -> None:
    (given / "a.heap").write_bytes(real.with_suffix(".heap").read_bytes())
    (given / "a.json").symlink_to(given / "missing")
    assert read_snapshot(given / "a.heap").summary.capture.walk_ms == 0.0
    (given / "a.json").unlink()
    (given / "a.json").symlink_to(real)
    assert read_snapshot(given / "a.heap").heap == given / "a.heap"


def test_in_a_directory_links_are_no_snapshots(real: Path, given: Path) -> None:
    (given / "a.json").symlink_to(real)
    (given / "a.heap").symlink_to(real.with_suffix(".heap"))
    with pytest.raises(SnapshotError, match="holds no snapshots"):
        find_snapshots([given])


def test_a_link_that_is_named_is_followed_and_its_graph_found(real: Path, given: Path) -> None:
    for suffix in (".json", ".heap"):
        link = given / f"latest{suffix}"
        link.symlink_to(real.with_suffix(suffix))
        found = read_snapshot(link)
        assert (found.path, found.heap) == (link, real.with_suffix(".heap"))
    assert "'INFO'" in "".join(dump_heap(given / "latest.heap"))


def test_what_became_a_link_or_a_pipe_meanwhile_is_an_error_and_waits_for_nobody(
    real: Path, given: Path
) -> None:
    found = read_snapshot(real)
    assert found.heap is not None
    found.heap.rename(given / "moved")
    found.heap.symlink_to(given / "moved")
    with pytest.raises(OSError, match="symbolic links"), open_source(found.heap):
        pass
    found.heap.unlink()
    os.mkfifo(found.heap)
    with pytest.raises(SnapshotError, match="not a regular file"), open_source(found.heap):
        pass


def test_links_in_a_circle_are_our_error(given: Path) -> None:
    (given / "a.json").symlink_to("b.json")
    (given / "b.json").symlink_to("a.json")
    with pytest.raises(SnapshotError):
        read_snapshot(given / "a.json")
