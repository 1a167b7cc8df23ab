"""Writes a stored file whole or not at all: under a name of its own, which it exchanges for the final one at the end.

What has its final name is never written to again, so that whoever has mapped it keeps what he saw.
"""

from __future__ import annotations

import os
import zlib
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from threading import Event
from typing import Final

import numpy as np

from heapdiff.graph.stored.columns import Arrays
from heapdiff.graph.stored.heading import ALIGN, CHUNK, Heading, encode_heading, padded

AT_ONCE: Final = 8 << 20
NEW: Final = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC


class Abandoned(Exception):
    """Nobody waits for the file any more."""


def partial_name(file: str) -> str:
    return f".{file}.{os.getpid()}-{os.urandom(4).hex()}.partial"


def write_whole(directory: int, file: str, heading: Heading, arrays: Arrays, stop: Event) -> None:
    """Write to an open directory. Raises OSError, and Abandoned soon after `stop` is set; then nothing is left behind.

    It isn't synced: after a power failure the checksums tell.
    """
    partial = partial_name(file)
    descriptor = os.open(partial, NEW, 0o600, dir_fd=directory)
    try:
        try:
            os.lseek(descriptor, len(encode_heading(heading)), os.SEEK_SET)
            chunks = tuple(_write_body(descriptor, heading, arrays, stop))
            os.lseek(descriptor, 0, os.SEEK_SET)
            _write(descriptor, memoryview(encode_heading(replace(heading, chunks=chunks))))
            os.fchmod(descriptor, 0o600)
        finally:
            os.close(descriptor)
        os.rename(partial, file, src_dir_fd=directory, dst_dir_fd=directory)
    except BaseException:
        with suppress(OSError):
            os.unlink(partial, dir_fd=directory)
        raise


def _write_body(descriptor: int, heading: Heading, arrays: Arrays, stop: Event) -> Iterator[int]:
    """Write the arrays, and give the checksum of each chunk once it's written."""
    crc = left = 0
    for number, piece in enumerate(_pieces(heading, arrays)):
        if stop.is_set():
            raise Abandoned
        if left == 0:
            if number:
                yield crc
            crc, left = 0, CHUNK
        crc, left = zlib.crc32(piece, crc), left - len(piece)
        _write(descriptor, piece)
    if left < CHUNK and heading.chunks:
        yield crc


def _pieces(heading: Heading, arrays: Arrays) -> Iterator[memoryview]:
    """All of the body in order, nothing longer than AT_ONCE, and nothing across the end of a chunk."""
    at = 0
    for part in _parts(heading, arrays):
        left = part
        while left:
            piece = left[: min(AT_ONCE, CHUNK - at % CHUNK)]
            yield piece
            at, left = at + len(piece), left[len(piece) :]


def _parts(heading: Heading, arrays: Arrays) -> Iterator[memoryview]:
    for name, kind, count, _ in heading.places():
        size = count * kind.itemsize
        yield arrays[name].view(np.uint8).data
        yield memoryview(bytes(padded(size, ALIGN) - size))


def _write(descriptor: int, data: memoryview) -> None:
    while data:
        data = data[os.write(descriptor, data) :]
