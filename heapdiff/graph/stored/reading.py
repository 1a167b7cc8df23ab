"""Reads a stored file back, if it is what it should be to the last byte; anything else is as if it weren't there.

Believed is only a regular file of this user, that nobody else may read or write, whole, of this version, of the same snapshot
and code, whose checksums are right, and whose arrays have the types, lengths and values that the caller can use without looking
again. A file of this kind is only ever replaced or unlinked, so it's mapped; where that can't be known, it's read.
"""

from __future__ import annotations

import mmap
import os
import stat
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from functools import partial
from threading import Thread
from typing import Final

import numpy as np
from numpy.typing import NDArray

from heapdiff.graph.stored.columns import Arrays, Check, Column, blocks
from heapdiff.graph.stored.heading import (
    CHUNK,
    MOST_HEADING,
    PAGE,
    START,
    Heading,
    Source,
    decode_heading,
    padded,
)

PART: Final = 4 << 20  # items
MOST_THREADS: Final = 4
FOR_READING: Final = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC


def open_stored(directory: int, file: str) -> tuple[int, os.stat_result]:
    """A descriptor, and what it is. Raises OSError where nothing is, and ValueError where it's not a file of ours alone."""
    descriptor = os.open(file, FOR_READING, dir_fd=directory)
    try:
        found = os.fstat(descriptor)
        if not stat.S_ISREG(found.st_mode) or found.st_nlink > 1:  # none: it was replaced just now
            raise ValueError("not a regular file with one name")
        if found.st_uid != os.geteuid() or found.st_mode & 0o077:
            raise ValueError("somebody else's, or open to others")
    except BaseException:
        os.close(descriptor)
        raise
    return descriptor, found


def read_heading(descriptor: int) -> tuple[Heading, int]:
    """What a file says it holds, and where the arrays begin. Raises OSError and ValueError."""
    start = os.pread(descriptor, START.size, 0)
    length = START.unpack(start)[1] if len(start) == START.size else 0
    if length > MOST_HEADING:
        raise ValueError("no heading")
    return decode_heading(os.pread(descriptor, padded(START.size + length, PAGE), 0))


def read_arrays(
    directory: int,
    file: str,
    name: str,
    source: Source,
    columns: Mapping[str, Column],
    further: Callable[[Arrays], Iterable[Check]],
    may_map: bool,
) -> Arrays:
    """The arrays of a file. Raises OSError where there is none, and ValueError with the reason not to believe it.

    `further` are checks beside those of the columns, once all have the right types and lengths. No array is given away before
    every one held.
    """
    descriptor, found = open_stored(directory, file)
    try:
        heading, start = read_heading(descriptor)
        if (heading.name, heading.source) != (name, source):
            raise ValueError("of another snapshot, or computed by other code")
        if {each: kind for each, kind, _ in heading.sizes} != {
            each: column.dtype for each, column in columns.items()
        } or len(heading.sizes) != len(columns):
            raise ValueError("other arrays")
        size = start + heading.body_bytes
        if found.st_size != size:
            raise ValueError("cut off, or longer than it says")
        content = _map(descriptor, size) if may_map else _read(descriptor, size)
        os.utime(descriptor)  # the oldest go first
    finally:
        os.close(descriptor)
    body = content[start:]
    arrays = {
        each: body[at : at + count * kind.itemsize].view(kind) for each, kind, count, at in heading.places()
    }
    for each, column in columns.items():
        if wrong := column.misfit(arrays[each]):
            raise ValueError(f"{each}: {wrong}")
    if not _all_hold([*_checks(body, heading, arrays, columns), *further(arrays)]):
        raise ValueError("its content isn't what was written, or not what it has to be")
    return arrays


def _map(descriptor: int, size: int) -> NDArray[np.uint8]:
    return np.frombuffer(mmap.mmap(descriptor, size, prot=mmap.PROT_READ), np.uint8)


def _read(descriptor: int, size: int) -> NDArray[np.uint8]:
    content = np.empty(size, np.uint8)
    left, at = content.data, 0
    while left:
        count = os.preadv(descriptor, [left[:CHUNK]], at)
        if count == 0:
            raise ValueError("cut off")
        left, at = left[count:], at + count
    content.flags.writeable = False
    return content


def _checks(
    body: NDArray[np.uint8], heading: Heading, arrays: Arrays, columns: Mapping[str, Column]
) -> Iterator[Check]:
    """Checksums and ranges, in pieces that threads can share."""
    for chunk, crc in zip(blocks(body, CHUNK), heading.chunks, strict=True):
        yield partial(_has_checksum, chunk, crc)
    for each, column in columns.items():
        for part in blocks(arrays[each], PART) if column.is_bounded else ():
            yield partial(column.holds, part)


def _has_checksum(chunk: NDArray[np.uint8], crc32: int) -> bool:
    return zlib.crc32(chunk.data) == crc32


def _all_hold(checks: Iterable[Check]) -> bool:
    """Whether every check says so. All processors that there are look at once: hardly any of it needs the GIL."""
    waiting, said = list(checks), list[bool]()

    def work() -> None:
        while waiting:
            holds = False
            with suppress(IndexError, ValueError):  # what doesn't hold together may also not be looked at
                holds = waiting.pop()()
            said.append(holds)

    count = len(waiting)
    threads = [Thread(target=work) for _ in range(min(processors(), MOST_THREADS, count) - 1)]
    for thread in threads:
        thread.start()
    work()
    for thread in threads:
        thread.join()
    return said.count(True) == count


def processors() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
