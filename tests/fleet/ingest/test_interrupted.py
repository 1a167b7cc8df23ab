"""Ended at any moment, or out of disk: what is in the lake is whole, and the next run takes the rest, each once."""

from __future__ import annotations

import errno
import resource
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from heapdiff.errors import LakeError
from heapdiff.fleet.ingest import ingesting, merging
from heapdiff.fleet.ingest.ingesting import ingest
from heapdiff.fleet.lake import committing
from heapdiff.fleet.lake.opening import open_lake
from tests.fleet.rows import count_rows, is_whole, write_fleet


@pytest.fixture
def heaps(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Two workers' files, of which five make a batch; whole states and merging are frequent."""
    monkeypatch.setattr(ingesting, "MOST_SOURCES", 5)
    monkeypatch.setattr(committing, "EVERY", 2)
    monkeypatch.setattr(merging, "MOST_FILES", 2)
    write_fleet(tmp_path / "heaps", 2, 4)
    return tmp_path / "heaps"


@pytest.mark.timeout(1000)  # at its slowest, on a machine that does much else
@pytest.mark.parametrize(
    "stride", [pytest.param(1, marks=pytest.mark.soak), pytest.param(61, marks=pytest.mark.slow)]
)
def test_killed_at_any_step_nothing_is_lost_and_nothing_twice(
    heaps: Path, tmp_path: Path, stride: int
) -> None:
    command = [sys.executable, "-m", "tests.fleet.ingest.forking", "killed", str(heaps)]
    lakes = tmp_path / "lakes"
    lakes.mkdir()
    done = subprocess.run(
        [*command, str(lakes), str(stride)], check=True, timeout=900, capture_output=True, text=True
    )
    steps = range(0, int(done.stdout) + 1, stride)
    assert steps[-1] > 100
    for step in steps:
        lake = lakes / str(step)
        look(lake)
        ingest([str(heaps)], str(lake))
        assert is_whole(count_rows(lake), 2, 4), step
        assert ingest([str(heaps)], str(lake)).new == 0


def look(lake: Path) -> None:
    """Who looks now sees whole batches."""
    try:
        counted = count_rows(lake)
    except LakeError:
        return
    assert set(counted.values()) <= {1}
    for names in open_lake(str(lake)).files.values():
        assert all(Path(name).stat().st_size for name in names)


@contextmanager
def no_larger(size: int) -> Iterator[None]:
    """No file may get larger: writing says so, as a full disk does."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    before = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        signal.signal(signal.SIGXFSZ, before)


@pytest.mark.parametrize("size", [100, 600, 2000, 5000])
def test_a_write_that_fails_leaves_the_lake_as_it_was(heaps: Path, tmp_path: Path, size: int) -> None:
    lake = tmp_path / "lake"
    with no_larger(size), pytest.raises(OSError, match=r"needs [\d,]+ bytes") as failed:
        ingest([str(heaps)], str(lake))
    assert failed.value.errno == errno.EFBIG
    assert str(failed.value.filename).startswith(str(lake))
    look(lake)
    assert all(path.stat().st_size for path in lake.rglob("*.parquet"))
    ingest([str(heaps)], str(lake))
    assert is_whole(count_rows(lake), 2, 4)
    assert list((lake / "_lake" / "written").iterdir()) == []
