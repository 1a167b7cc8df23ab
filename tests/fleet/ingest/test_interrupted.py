"""Ended at any moment, or out of disk: what is in the lake is whole, and the next run takes the rest, each once."""

from __future__ import annotations

import errno
import os
import resource
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from heapdiff.errors import LakeError
from heapdiff.fleet.ingest import ingesting, merging
from heapdiff.fleet.ingest.ingesting import ingest
from heapdiff.fleet.lake import committing
from heapdiff.fleet.lake.opening import open_lake
from tests.fleet.rows import count_rows, is_whole, write_fleet

CHANGES = ("open", "os.link", "os.mkdir", "os.remove", "os.truncate")
ENDED = 1_000


@pytest.fixture
def heaps(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Two workers' files, of which five make a batch; whole states and merging are frequent."""
    monkeypatch.setattr(ingesting, "MOST_SOURCES", 5)
    monkeypatch.setattr(committing, "EVERY", 2)
    monkeypatch.setattr(merging, "MOST_FILES", 2)
    write_fleet(tmp_path / "heaps", 2, 4)
    return tmp_path / "heaps"


@pytest.mark.process
@pytest.mark.parametrize("stride", [pytest.param(1, marks=pytest.mark.slow), 29])
def test_killed_at_any_step_nothing_is_lost_and_nothing_twice(
    heaps: Path, tmp_path: Path, stride: int
) -> None:
    """A step is each call that changes the lake's files, and each that says that they are safe."""
    steps, ended = 0, ENDED
    while ended == ENDED:
        lake = tmp_path / f"lake-{steps}"
        ended = in_child(partial(run_until, steps, heaps, lake))
        look(lake)
        again = ingest([str(heaps)], str(lake))
        assert is_whole(count_rows(lake), 2, 4), (steps, again)
        assert ingest([str(heaps)], str(lake)).new == 0
        steps += stride
    assert (ended, steps > 60) == (0, True)


def look(lake: Path) -> None:
    """Who looks now sees whole batches."""
    try:
        counted = count_rows(lake)
    except LakeError:
        return
    assert set(counted.values()) <= {1}
    for names in open_lake(str(lake)).files.values():
        assert all(Path(name).stat().st_size for name in names)


def run_until(step: int, heaps: Path, lake: Path) -> None:
    """Ingest, and be killed before the change with that number."""
    passed = 0

    def count(event: str, arguments: tuple[Any, ...]) -> None:
        nonlocal passed
        if event not in CHANGES or not str(arguments[0]).startswith(str(lake)):
            return
        if event == "open" and not arguments[2] & (os.O_WRONLY | os.O_RDWR | os.O_CREAT):
            return
        passed += 1
        if passed > step:
            os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(count)
    sync = os.fsync

    def count_sync(descriptor: int) -> None:
        count("os.remove", (str(lake),))
        sync(descriptor)

    os.fsync = count_sync  # type: ignore[assignment]
    ingest([str(heaps)], str(lake))


def in_child(do: Callable[[], None]) -> int:
    """0, or ENDED if it was killed."""
    child = os.fork()
    if not child:
        try:
            do()
            os._exit(0)
        finally:
            os._exit(3)
    _, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status):
        assert os.WTERMSIG(status) == signal.SIGKILL
        return ENDED
    return os.WEXITSTATUS(status)


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
