"""Where a lake's bytes lie: what both kinds of storage do alike. Names are relative to the lake's root."""

from __future__ import annotations

import secrets
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from heapdiff.errors import LakeError, reason_of

if TYPE_CHECKING:
    from pyarrow.fs import FileSystem

AGAIN = "What is committed stays. Run it again once this is fixed: it takes what is missing."


@dataclass(frozen=True, slots=True)
class Found:
    """A file that a listing names; `modified_s` by the storage's own clock."""

    name: str
    size: int
    modified_s: float


@dataclass(frozen=True)
class Store:
    """One lake's storage. `root` is as the user wrote it, `base` the root's path in `filesystem`.

    Raises LakeError, with what the storage said.
    """

    root: str
    filesystem: FileSystem
    base: str

    def path(self, name: str) -> str:
        return f"{self.base}/{name}" if name else self.base

    def find(self, folder: str, deep: bool = False) -> list[Found]:
        """The files of a folder, by name; none where there is no such folder."""
        from pyarrow.fs import FileSelector, FileType

        selector = FileSelector(self.path(folder), recursive=deep, allow_not_found=True)
        with_base = len(self.base) + 1
        try:
            found = self.filesystem.get_file_info(selector)
        except OSError as error:
            raise self.failure(folder, error) from error
        return sorted(
            (
                Found(each.path[with_base:], each.size, (each.mtime_ns or 0) / 1e9)
                for each in found
                if each.type == FileType.File
            ),
            key=lambda each: each.name,
        )

    def read(self, name: str) -> bytes:
        """Raises FileNotFoundError where it's gone."""
        try:
            with self.filesystem.open_input_stream(self.path(name)) as stream:
                content: bytes = stream.read()
        except FileNotFoundError:
            raise
        except OSError as error:
            raise self.failure(name, error) from error
        return content

    def read_columns(self, name: str, columns: list[str] | None) -> Any:
        """A Parquet file's columns, or all of them, as a `pyarrow.Table`."""
        import pyarrow as pa
        import pyarrow.parquet as pq

        try:
            with self.filesystem.open_input_file(self.path(name)) as file:
                return pq.ParquetFile(file).read(columns=columns, use_threads=False)
        except FileNotFoundError as error:
            raise LakeError(
                f"{self.path(name)}: is missing from the lake",
                "Restore it, or delete the lake and ingest again.",
            ) from error
        except pa.ArrowInvalid as error:
            raise LakeError(
                f"{self.path(name)}: is damaged ({first_line(error)})",
                "Restore it, or delete the lake and ingest again.",
            ) from error
        except OSError as error:
            raise self.failure(name, error) from error

    def size(self, name: str) -> int:
        try:
            size: int | None = self.filesystem.get_file_info(self.path(name)).size
        except OSError as error:
            raise self.failure(name, error) from error
        return size or 0

    def write(self, name: str, content: bytes) -> None:
        """A new file, whole and safe once this returns."""
        raise NotImplementedError

    def place(self, name: str, content: bytes) -> bool:
        """The same for a name that readers look for: it's there as a whole or not at all. False if it was there already."""
        raise NotImplementedError

    def publish(self, number: int, parent: str, content: bytes) -> str | None:
        """Make this the entry after `number - 1`, of which `parent` is the token: its own token, or None if somebody else's
        was first."""
        raise NotImplementedError

    def remove(self, name: str) -> None:
        """Delete a file; no matter if it's gone."""
        try:
            self.filesystem.delete_file(self.path(name))
        except FileNotFoundError:
            pass
        except OSError as error:
            raise self.failure(name, error) from error

    def failure(self, name: str, error: OSError) -> LakeError:
        scheme = "" if self.filesystem.type_name == "local" else "s3://"
        return LakeError(f"{scheme}{self.path(name)}: {first_line(error)}", AGAIN)


def first_line(error: Exception) -> str:
    """What the system said, or what AWS's client says the storage said."""
    text = " ".join(reason_of(error).split())
    return (text.partition("AWS Error ")[2] or text)[:300]


def new_name() -> str:
    """For a file: sorts by the time it was made, and is never used again."""
    return f"{time.strftime('%Y%m%dT%H%M%S', time.gmtime())}-{secrets.token_hex(8)}"


def elapsed_s() -> float:
    """A clock that runs while the machine sleeps, too."""
    return time.clock_gettime(getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC))
