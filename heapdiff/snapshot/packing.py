"""Files as they stand or packed, `.gz` or `.zst`: opened to be read once from the start, unpacked on the way.

Nothing is unpacked to the disk. Somebody else's file may be made to unpack for ever: what comes out is bounded by what went in.
"""

from __future__ import annotations

import gzip
import os
import stat
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, BinaryIO, Final, Protocol

from heapdiff.errors import MissingToolError, SnapshotError

MOST_TIMES: Final = 200  # graphs unpack to twice their size; one of millions of equal objects to thirty times
ALWAYS_BYTES: Final = 64 << 20
SKIP_BYTES: Final = 1 << 20
BLOCK_BYTES: Final = 512  # what `st_blocks` counts, whatever the file system
AT_ONCE: Final = getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_NOCTTY", 0)
UNPACKERS: Final = {".gz": "gunzip", ".zst": "unzstd"}


class Source(Protocol):
    """What a file holds, from its start on. `size` is 0 where only its end will tell; `found`: which file is open."""

    size: int
    found: os.stat_result

    def read(self, size: int, /) -> bytes: ...
    def skip(self, size: int, /) -> None: ...


def plain_name(path: Path) -> Path:
    """The name of what is packed: `x.heap` of `x.heap.gz`, and of `x.heap`."""
    return path.with_suffix("") if path.suffix in UNPACKERS else path


def follow(path: Path) -> Path:
    """The file that a user means: the one a link leads to, which only he may name."""
    return Path(os.path.realpath(path)) if path.is_symlink() else path


def find_file(path: Path) -> Path | None:
    """The file of that plain name, as it stands or packed; nobody named it, so a link isn't one."""
    names = (path, *(path.with_name(path.name + suffix) for suffix in UNPACKERS))
    return next((name for name in names if name.is_file() and not name.is_symlink()), None)


@contextmanager
def open_source(path: Path) -> Iterator[Source]:
    """Open for reading; no link, even if it was a file a moment ago. Raises OSError, SnapshotError, and ValueError while
    reading what cannot be unpacked."""
    with open(path, "rb", buffering=1 << 16, opener=_open_regular) as file:
        if path.suffix not in UNPACKERS:
            yield _Plain(file)
            return
        with _unpack(file, path) as stream:
            yield _Packed(stream, path, os.fstat(file.fileno()))


def _open_regular(path: str, flags: int) -> int:
    """Opened first, without waiting for whoever would write to a pipe, and then looked at: between two looks it may change."""
    descriptor = os.open(path, flags | AT_ONCE | os.O_NOFOLLOW)
    found = os.fstat(descriptor)
    if reason := _refuse(found):
        os.close(descriptor)
        raise SnapshotError(f"{path}: {reason}", "Name a .json or .heap file that heapdiff wrote.")
    return descriptor


def _refuse(found: os.stat_result) -> str:
    """Why a file isn't read; empty: it is. One of holes is to the disk what a packed one is; 0 blocks: nobody counts them."""
    if not stat.S_ISREG(found.st_mode):
        return "is not a regular file"
    disk = found.st_blocks * BLOCK_BYTES
    if disk and found.st_size > max(disk * MOST_TIMES, ALWAYS_BYTES):
        return f"is more than {MOST_TIMES} times as long as what is on the disk of it: the rest are holes"
    return ""


class _Plain:
    def __init__(self, file: BinaryIO) -> None:
        self.file = file
        self.found = os.fstat(file.fileno())
        self.read = file.read
        self.size = file.seek(0, 2)
        file.seek(0)

    def skip(self, size: int) -> None:
        self.file.seek(size, 1)


class _Packed:
    size = 0

    def __init__(self, stream: BinaryIO, path: Path, found: os.stat_result) -> None:
        self.stream = stream
        self.path = path
        self.found = found
        self.left = max(found.st_size * MOST_TIMES, ALWAYS_BYTES)

    def read(self, size: int) -> bytes:
        """As much as there is, up to a size: what was cut off while packed ends where it was cut."""
        try:
            content = self.stream.read(size)
        except EOFError:
            return b""
        except Exception as error:  # each library has its own
            raise ValueError(f"cannot be unpacked ({error})") from error
        self.left -= len(content)
        if self.left < 0:
            raise SnapshotError(
                f"{self.path}: unpacks to more than {MOST_TIMES} times its size",
                f"If you know where it comes from, unpack it first: {UNPACKERS[self.path.suffix]} {self.path}",
            )
        return content

    def skip(self, size: int) -> None:
        while size > 0 and (content := self.read(min(size, SKIP_BYTES))):
            size -= len(content)


def _unpack(file: BinaryIO, path: Path) -> Any:
    if path.suffix == ".gz":
        return gzip.GzipFile(fileobj=file, mode="rb")
    if sys.version_info >= (3, 14):
        with suppress(ImportError):  # it's optional where Python is built
            from compression import zstd

            return zstd.ZstdFile(file)
    try:
        import zstandard
    except ImportError as error:
        hint = f"Unpack it ({UNPACKERS[path.suffix]} {path}), or: pip install zstandard"
        raise MissingToolError(
            f"{path}: reading .zst needs Python 3.14 or the package zstandard", hint
        ) from error
    return zstandard.ZstdDecompressor().stream_reader(file, read_across_frames=True)
