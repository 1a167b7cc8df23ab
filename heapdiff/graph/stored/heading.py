"""The first bytes of a stored file: what it was computed from, by which code, and which arrays follow.

A file is a heading, padded with zeros to whole pages, and the arrays, each padded to ALIGN bytes. The heading has the checksum
of each CHUNK of what follows, and one of its own in front of it: no byte of a file is without one.
"""

from __future__ import annotations

import json
import os
import sys
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from struct import Struct
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from heapdiff.fields import Fields, parse_fields
from heapdiff.graph.stored.columns import DTYPES, Arrays

MAGIC: Final = b"heapdiff-stored\n"
VERSION: Final = 1
START: Final = Struct("<16sII")  # magic, bytes of the heading's text, checksum of the text and its padding
PAGE: Final = 4096
ALIGN: Final = 64
CHUNK: Final = 32 << 20
MOST_HEADING: Final = 1 << 20
MOST_ARRAYS: Final = 64
MOST_ITEMS: Final = 1 << 40
MOST_PATH: Final = 1000


@dataclass(frozen=True, slots=True)
class Source:
    """The snapshot that arrays were computed from, and the code that did: what differs in any of it is another source.

    `crc32` is of the whole `.heap` file as it was read, not as somebody says it is; `file` says which that was, by what nobody
    can choose: its device, its number there, and when it was changed last. Two files with the same checksum are easily made.
    """

    crc32: int
    bytes: int
    mtime_ns: int
    file: str
    algorithms: str

    @classmethod
    def of(cls, found: os.stat_result, crc32: int, algorithms: str) -> Source:
        """Of the file that was open while it was read."""
        file = f"{found.st_dev:x}-{found.st_ino:x}-{found.st_ctime_ns:x}"
        return cls(crc32, found.st_size, found.st_mtime_ns, file, algorithms)


@dataclass(frozen=True, slots=True)
class Heading:
    """What one file holds. `snapshot` says where the source was, for people; `sizes`: name, type and length of each array."""

    name: str
    source: Source
    snapshot: str
    sizes: tuple[tuple[str, str, int], ...]
    chunks: tuple[int, ...] = ()

    @property
    def body_bytes(self) -> int:
        return sum(padded(count * DTYPES[kind].itemsize, ALIGN) for _, kind, count in self.sizes)

    def places(self) -> Iterator[tuple[str, np.dtype[Any], int, int]]:
        """Name, type, length, and where each array begins, from the end of the heading on."""
        at = 0
        for name, kind, count in self.sizes:
            yield name, DTYPES[kind], count, at
            at += padded(count * DTYPES[kind].itemsize, ALIGN)


def padded(size: int, unit: int) -> int:
    return -(-size // unit) * unit


def describe(name: str, source: Source, snapshot: str, arrays: Arrays) -> Heading:
    """The heading of arrays that are to be written; its checksums are 0. Raises ValueError for what can't be stored."""
    if len(arrays) > MOST_ARRAYS or not all(map(_storable, arrays.values())):
        raise ValueError(f"{name}: not plain arrays of numbers")
    sizes = tuple((key, array.dtype.name, len(array)) for key, array in arrays.items())
    heading = Heading(name, source, snapshot[:MOST_PATH], sizes)
    return Heading(name, source, heading.snapshot, sizes, (0,) * len(range(0, heading.body_bytes, CHUNK)))


def _storable(array: NDArray[Any]) -> bool:
    return array.ndim == 1 and DTYPES.get(array.dtype.name) == array.dtype and array.flags.c_contiguous


def encode_heading(heading: Heading) -> bytes:
    """Its length doesn't depend on the checksums, so that they can be filled in once everything else is written."""
    source = heading.source
    content = {
        "version": VERSION,
        "order": sys.byteorder,
        "name": heading.name,
        "crc32": source.crc32,
        "bytes": source.bytes,
        "mtime_ns": source.mtime_ns,
        "file": source.file,
        "algorithms": source.algorithms,
        "snapshot": heading.snapshot,
        "arrays": [{"name": name, "type": kind, "length": length} for name, kind, length in heading.sizes],
        "chunks": "".join(f"{each:08x}" for each in heading.chunks),
    }
    text = json.dumps(content).encode("ascii")
    block = text.ljust(padded(START.size + len(text), PAGE) - START.size, b"\0")
    return START.pack(MAGIC, len(text), zlib.crc32(block)) + block


def decode_heading(data: bytes) -> tuple[Heading, int]:
    """From the first bytes of a file, and where the arrays begin. Raises ValueError for anything that isn't as it should be."""
    if len(data) < START.size:
        raise ValueError("no heading")
    magic, length, crc = START.unpack_from(data)
    end = padded(START.size + length, PAGE)
    if (
        magic != MAGIC
        or length > MOST_HEADING
        or len(data) < end
        or zlib.crc32(data[START.size : end]) != crc
    ):
        raise ValueError("no heading")
    content = parse_fields(data[START.size : START.size + length])
    if content.integer("version") != VERSION or content.text("order") != sys.byteorder:
        raise ValueError("of another version, or from a machine that writes numbers in another order")
    source = Source(
        content.integer("crc32"), content.integer("bytes"), content.integer("mtime_ns"), content.text("file"),
        content.text("algorithms"),
    )  # fmt: skip
    digits = content.text("chunks")
    heading = Heading(
        content.text("name"),
        source,
        content.text("snapshot"),
        tuple(_decode_sizes(content)),
        tuple(int(digits[at : at + 8], 16) for at in range(0, len(digits), 8)),
    )
    if len(heading.chunks) != len(range(0, heading.body_bytes, CHUNK)):
        raise ValueError("not as many checksums as it has content")
    return heading, end


def _decode_sizes(content: Fields) -> Iterator[tuple[str, str, int]]:
    for number, row in enumerate(content.objects("arrays")):
        kind, length = row.text("type"), row.integer("length")
        if number >= MOST_ARRAYS or kind not in DTYPES or length > MOST_ITEMS:
            raise ValueError("an array of unknown type, or too large")
        yield row.text("name"), kind, length
