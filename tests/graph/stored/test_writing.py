"""A stored file appears whole or not at all, for its user alone, whoever else writes or reads it at the same time."""

from __future__ import annotations

import os
import resource
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Barrier, Event, Thread
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from heapdiff.graph.stored import writing
from heapdiff.graph.stored.cabinet import Cabinet
from heapdiff.graph.stored.columns import Column
from heapdiff.graph.stored.heading import CHUNK, Source, describe
from heapdiff.graph.stored.reading import read_arrays
from heapdiff.graph.stored.writing import Abandoned, write_whole
from tests.graph.stored.cabinets import Asked, open_cabinet, values

SOURCE = Source(1, 2, 3, "4-5-6", "0" * 16)


@pytest.fixture
def directory(tmp_path: Path) -> Iterator[int]:
    descriptor = os.open(tmp_path, os.O_RDONLY)
    yield descriptor
    os.close(descriptor)


@pytest.fixture
def asked(tmp_path: Path) -> Asked:
    heap = tmp_path / "a.heap"
    heap.write_bytes(b"of a process")
    return Asked(tmp_path / "cache", heap)


def write(directory: int, arrays: dict[str, NDArray[Any]], stop: Event | None = None) -> None:
    heading = describe("routes", SOURCE, "/a.heap", arrays)
    write_whole(directory, "file", heading, arrays, stop or Event())


@pytest.mark.parametrize("items", [0, 1, 63, 64, 65, CHUNK // 8 - 8, CHUNK // 8, CHUNK // 8 + 1])
def test_arrays_of_any_length_are_read_back(directory: int, items: int) -> None:
    arrays: dict[str, NDArray[Any]] = {
        "long": np.arange(items, dtype=np.int64),
        "short": np.arange(5, dtype=np.uint16),
    }
    columns = {"long": Column("int64", items, 0), "short": Column("uint16", 5)}
    write(directory, arrays)
    found = read_arrays(directory, "file", "routes", SOURCE, columns, lambda _: (), True)
    assert all(np.array_equal(found[name], arrays[name]) for name in arrays)


@pytest.mark.parametrize("umask", [0, 0o077, 0o777])
def test_it_is_for_its_user_alone_whatever_the_umask(asked: Asked, umask: int) -> None:
    asked.directory.mkdir(0o700)
    before = os.umask(umask)
    try:
        asked.ask()
    finally:
        os.umask(before)
    assert asked.file.stat().st_mode & 0o777 == 0o600
    assert asked.directory.stat().st_mode & 0o777 == 0o700


def test_nothing_is_left_of_one_that_nobody_waits_for(directory: int, tmp_path: Path) -> None:
    stop = Event()
    stop.set()
    with pytest.raises(Abandoned):
        write(directory, values(), stop)
    assert os.listdir(tmp_path) == []


def test_nothing_is_left_of_one_that_does_not_fit(directory: int, tmp_path: Path) -> None:
    with at_most(8192), pytest.raises(OSError, match="File too large"):
        write(directory, {"long": np.arange(5000, dtype=np.int64)})
    assert os.listdir(tmp_path) == []


@contextmanager
def at_most(size: int) -> Iterator[None]:
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    ignored = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, ignored)


def test_a_disk_that_takes_nothing_is_no_error(asked: Asked) -> None:
    with at_most(100):
        assert not asked.ask()
    assert os.listdir(asked.directory) == []
    assert not asked.ask()
    assert asked.ask()


def test_only_plain_numbers_are_written() -> None:
    for odd in (
        np.zeros((2, 2)),
        np.zeros(2, "O"),
        np.zeros(4, np.int64)[::2],
        np.zeros(2, ">i4"),
        np.zeros(2, "U3"),
    ):
        with pytest.raises(ValueError, match="plain"):
            describe("routes", SOURCE, "", {"odd": odd})


def test_two_who_write_the_same_at_once_leave_one_file_that_is_believed(asked: Asked) -> None:
    for _ in range(10):
        other = Asked(asked.directory, asked.heap)
        together = Barrier(2)

        def ask(one: Asked, together: Barrier = together) -> None:
            together.wait(20)
            one.ask()

        threads = [Thread(target=ask, args=(one,)) for one in (asked, other)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert asked.ask()
        asked.file.unlink()


def test_one_who_reads_while_another_replaces_it_gets_one_of_the_two(directory: int) -> None:
    done, columns = Event(), {"long": Column("int64", 10_000)}
    arrays = {"long": np.arange(10_000, dtype=np.int64)}
    write(directory, arrays)

    def replace() -> None:
        while not done.is_set():
            write(directory, arrays)

    thread = Thread(target=replace)
    thread.start()
    try:
        for _ in range(200):
            found = read_arrays(directory, "file", "routes", SOURCE, columns, lambda _: (), True)
            assert np.array_equal(found["long"], arrays["long"])
    finally:
        done.set()
        thread.join()


def test_an_interrupted_command_stops_writing(asked: Asked, monkeypatch: pytest.MonkeyPatch) -> None:
    """And the pieces that are written are small enough for it to be soon."""
    begun, go_on = Event(), Event()
    real = writing._write

    def wait(descriptor: int, data: memoryview) -> None:
        begun.set()
        go_on.wait(20)
        real(descriptor, data)

    monkeypatch.setattr(writing, "_write", wait)

    def interrupt(cabinet: Cabinet) -> None:
        shelf = cabinet.shelf(asked.heap, asked.identity)
        assert shelf is not None
        shelf.verified(asked.crc32, os.stat(asked.heap))
        shelf.once(asked.name, {}, values)
        assert begun.wait(20)
        cabinet._stop.set()
        go_on.set()
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt), open_cabinet(asked.directory) as cabinet:
        interrupt(cabinet)
    assert os.listdir(asked.directory) == []
