"""The directory with stored files during one command, and the shelf of one snapshot in it."""

from __future__ import annotations

import os
import stat
import sys
import zlib
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Event, Thread
from types import TracebackType
from typing import Final

from heapdiff.errors import ENDINGS
from heapdiff.graph.stored import shelf as shelves
from heapdiff.graph.stored.algorithms import number_algorithms
from heapdiff.graph.stored.columns import Arrays, Check, Column
from heapdiff.graph.stored.heading import Source, describe, encode_heading
from heapdiff.graph.stored.mounts import is_local
from heapdiff.graph.stored.pruning import make_room
from heapdiff.graph.stored.reading import read_arrays
from heapdiff.graph.stored.shelf import Shelf, no_more
from heapdiff.graph.stored.writing import Abandoned, write_whole

LEAST_BYTES: Final = (
    8 << 20
)  # of a `.heap`: what is computed from less is computed faster than it's found again
FOLDER: Final = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC


class Cabinet:
    """A directory for stored files. Leaving it waits until all is written.

    `refuse` creates the directory if need be, and says why it can't be trusted. With `writes` off, what is there is read and
    nothing is added. `least_bytes`: of smaller snapshots nothing is read or written. Nothing here ever fails for others: what
    can't be read or written is computed.
    """

    def __init__(
        self,
        path: Path,
        bound_bytes: int,
        refuse: Callable[[Path], str | None],
        writes: bool = True,
        least_bytes: int | None = None,
    ) -> None:
        self.path, self.bound_bytes, self.writes = path, bound_bytes, writes
        self.least_bytes = shelves.LEAST_BYTES if least_bytes is None else least_bytes
        self._refuse = refuse
        self._directory = -1
        self._may_map = False
        self._looked = False
        self._waiting: deque[tuple[str, str, Source, str, Arrays]] = deque()
        self._stop = Event()
        self._writer: Thread | None = None

    def shelf(self, heap: Path, identity: str) -> FiledShelf | None:
        """Of the snapshot with this `.heap` file and identity; None where nothing is kept. What was read is to be told."""
        try:
            found = os.stat(heap)
        except OSError:
            return None
        if found.st_size < self.least_bytes or self._open() < 0:
            return None
        return FiledShelf(self, found, os.path.abspath(heap), identity)

    def _open(self) -> int:
        """The directory, or -1: looked at when it's first needed, and then held, whatever becomes of its name."""
        if not self._looked:
            self._looked = True
            with suppress(OSError, ValueError):
                self._directory = open_directory(self.path, self._refuse)
                self._may_map = is_local(str(self.path))
        return self._directory

    def has(self, file: str) -> bool:
        try:
            return stat.S_ISREG(os.stat(file, dir_fd=self._directory, follow_symlinks=False).st_mode)
        except OSError:
            return False

    def read(
        self,
        file: str,
        name: str,
        source: Source,
        columns: Mapping[str, Column],
        further: Callable[[Arrays], Iterable[Check]],
    ) -> Arrays | None:
        try:
            return read_arrays(self._directory, file, name, source, columns, further, self._may_map)
        except (OSError, ValueError):
            return None

    def write(self, file: str, name: str, source: Source, snapshot: str, arrays: Arrays) -> None:
        """Begin to write, beside what the command goes on to do."""
        if not self.writes or self._stop.is_set():
            return
        self._waiting.append((file, name, source, snapshot, arrays))
        if self._writer is None or not self._writer.is_alive():
            self._writer = Thread(target=self._write_waiting)
            self._writer.start()

    def _write_waiting(self) -> None:
        while self._waiting:
            self._write(*self._waiting.popleft())

    def _write(self, file: str, name: str, source: Source, snapshot: str, arrays: Arrays) -> None:
        with suppress(OSError, ValueError, Abandoned):
            heading = describe(name, source, snapshot, arrays)
            wanted = len(encode_heading(heading)) + heading.body_bytes
            if make_room(self._directory, file, wanted, self.bound_bytes):
                write_whole(self._directory, file, heading, arrays, self._stop)

    def close(self, abandon: bool = False) -> None:
        """Wait until all is written, or leave off. Once interrupted it leaves off, too."""
        if abandon:
            self._stop.set()
        try:
            while self._writer is not None and self._writer.is_alive():
                self._writer.join()
            self._write_waiting()  # what came in while it ended
        except ENDINGS:
            self._stop.set()
            raise
        finally:
            self._waiting.clear()
            if self._writer is not None:
                self._writer.join()
            if self._directory >= 0:
                os.close(self._directory)
                self._directory = -1

    def __enter__(self) -> Cabinet:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        raised = kind or sys.exc_info()[0]
        self.close(abandon=raised is not None and issubclass(raised, ENDINGS))


class FiledShelf(Shelf):
    """What is stored of one snapshot. Before `verified` is told what was really read, nothing is read or kept."""

    def __init__(self, cabinet: Cabinet, found: os.stat_result, snapshot: str, identity: str) -> None:
        self._cabinet, self._found, self._snapshot, self._identity = cabinet, found, snapshot, identity
        self._source: Source | None = None

    def verified(self, crc32: int, found: os.stat_result) -> None:
        """The whole `.heap` file was read, and this is its checksum, and which file it was."""
        self._source = Source.of(found, crc32, number_algorithms())

    def promises(self, name: str) -> bool:
        """Whether there is a file of that name, which may turn out to be none to believe."""
        return self._cabinet.has(self._file(name))

    def once(
        self,
        name: str,
        columns: Mapping[str, Column],
        compute: Callable[[], Arrays],
        further: Callable[[Arrays], Iterable[Check]] = no_more,
    ) -> Arrays:
        source = self._source
        if source is None:
            return super().once(name, columns, compute)
        arrays = self._cabinet.read(self._file(name), name, source, columns, further)
        if arrays is not None:
            return arrays
        arrays = super().once(name, columns, compute)
        self._cabinet.write(self._file(name), name, source, self._snapshot, arrays)
        return arrays

    def _file(self, name: str) -> str:
        found, whose = self._found, zlib.crc32(self._identity.encode("utf-8", "replace"))
        return f"{found.st_size:x}-{found.st_mtime_ns:x}-{whose:08x}-{number_algorithms()}.{name}.stored"


def open_directory(path: Path, refuse: Callable[[Path], str | None]) -> int:
    """A descriptor of a directory that is this user's alone. Raises OSError, and ValueError with the reason not to trust it."""
    if refusal := refuse(path):
        raise ValueError(refusal)
    directory = os.open(path, FOLDER)
    found = os.fstat(directory)
    if found.st_uid == os.geteuid() and not found.st_mode & 0o077:
        return directory
    os.close(directory)
    raise ValueError(f"{path} is open to other users (mode {stat.S_IMODE(found.st_mode):04o}); chmod 700 it")


@contextmanager
def opened_directory(path: Path, refuse: Callable[[Path], str | None]) -> Iterator[int]:
    """The same for a while."""
    directory = open_directory(path, refuse)
    try:
        yield directory
    finally:
        os.close(directory)
