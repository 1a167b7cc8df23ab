"""Sections of a `.heap` file: header, frames, checksums, the end. Does not look into a payload.

Files are read section by section, not mapped: a section is bounded by the format, and a file that somebody
truncates meanwhile is then an error to report instead of a bus error.
"""

import os
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from heapdiff.errors import SnapshotError
from heapdiff.format import (
    CHECKSUM,
    FLAG_VALUES,
    FRAME,
    HEADER,
    HEADER_BYTES,
    MAGIC,
    MAX_SECTION_BYTES,
    VERSION,
    Section,
)
from heapdiff.snapshot.packing import open_source

TRY_AGAIN: Final = "Take the snapshot again, or use another one."

Progress = Callable[[int, int], None]
"""Called with the bytes of the file that are done, and with all of them."""


@dataclass(frozen=True, slots=True)
class HeapSection:
    """One section. `crc32`, where checksums are verified, covers the file up to its end, without the checksums; `file`: which
    one is open."""

    tag: bytes
    payload: bytes
    crc32: int
    file: os.stat_result


class CutOffError(SnapshotError):
    """The file ends before its end section. `objects` says how many were read, where the reader counted."""

    def __init__(self, path: Path, offset: int, objects: int | None = None) -> None:
        self.path, self.offset, self.objects = path, offset, objects
        read = f"{offset:,} bytes" if objects is None else f"{objects:,} objects in {offset:,} bytes"
        super().__init__(
            f"{path}: cut off: its end is missing; {read} could be read",
            "Take the snapshot again, or copy the file again. Without the .heap, the .json beside it can still be "
            "compared by type.",
        )


def damaged(path: Path, reason: str) -> SnapshotError:
    return SnapshotError(
        f"{path}: damaged: {reason}", f"Copy the file again from where it was written. {TRY_AGAIN}"
    )


@contextmanager
def naming(path: Path) -> Iterator[None]:
    """Turn what goes wrong while the file's content is decoded into an error that names the file."""
    try:
        yield
    except OSError as error:
        raise SnapshotError(
            f"{path}: {error.strerror or error}", "Check the path and the permissions."
        ) from error
    except ValueError as error:
        raise damaged(path, str(error)) from error


def read_sections(path: Path, only: bytes = b"", progress: Progress | None = None) -> Iterator[HeapSection]:
    """The sections in file order, `INFO` first and `TAIL` last, each after its checksum was verified.

    With `only`, sections of that tag, without verification: for a second pass over a file that was verified.
    Raises CutOffError, or SnapshotError for anything else that is wrong. Memory: one section.
    """
    with naming(path), open_source(path) as file:
        size = file.size
        crc = _check_header(path, file.read(HEADER_BYTES))
        offset, tag = HEADER_BYTES, b""
        while tag != Section.TAIL:
            frame = file.read(FRAME.size)
            length = FRAME.unpack(frame)[1] if len(frame) == FRAME.size else 0
            end = offset + FRAME.size + length + CHECKSUM.size
            if len(frame) < FRAME.size or (0 < size < end and length <= MAX_SECTION_BYTES):
                raise CutOffError(path, offset)
            if length > MAX_SECTION_BYTES:
                raise damaged(path, f"a section at byte {offset:,} claims {length:,} bytes")
            first, tag = tag == b"", frame[:4]
            if first and tag != Section.INFO:
                raise damaged(path, "its first section is not INFO")
            if only and tag != only:
                file.skip(length + CHECKSUM.size)
            else:
                payload, stored = file.read(length), file.read(CHECKSUM.size)
                if len(stored) < CHECKSUM.size:
                    raise CutOffError(path, offset)
                if not only:
                    crc = zlib.crc32(payload, zlib.crc32(frame, crc))
                    if stored != CHECKSUM.pack(crc):
                        raise damaged(path, f"the checksum of the section at byte {offset:,} is wrong")
                yield HeapSection(tag, payload, crc, file.found)
            offset = end
            if progress is not None and size:
                progress(offset, size)
        if file.read(1):
            more = f"{size - offset:,} bytes follow" if size else "something follows"
            raise damaged(path, f"{more} its end section")


def _check_header(path: Path, header: bytes) -> int:
    if header[: len(MAGIC)] != MAGIC[: len(header)]:
        raise SnapshotError(
            f"{path}: not a heapdiff snapshot", "Name a .json or .heap file that heapdiff wrote."
        )
    if len(header) < HEADER_BYTES:
        raise CutOffError(path, len(header), 0)
    _, version, flags, reserved = HEADER.unpack(header)
    if version != VERSION or flags & ~FLAG_VALUES or reserved:
        raise SnapshotError(
            f"{path}: written in format version {version}, flags {flags:#x}; this heapdiff reads {VERSION}",
            "Use the heapdiff that wrote it, or a newer one: pip install --upgrade heapdiff",
        )
    return zlib.crc32(header)
