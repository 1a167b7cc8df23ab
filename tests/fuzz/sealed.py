"""What the fuzzer mutates: a `.heap` file without lengths, checksums and totals, which sealing makes right.

So that mutations get past the frame, into the decoders. A file with its frame is passed on as it is.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterable
from typing import Final

from heapdiff.format import FRAME, HEADER, HEADER_BYTES, MAGIC, TAIL, VERSION, Section
from heapdiff.graph import _kernels
from heapdiff.snapshot.tables import decode_roots

__all__ = ["seal", "unseal"]

TAGS: Final = tuple(value for name, value in vars(Section).items() if name.isupper())
BOUNDARY: Final = re.compile(b"(?=" + b"|".join(map(re.escape, TAGS)) + b")")
UNKNOWN: Final = b"WHAT"


def unseal(data: bytes) -> bytes:
    """A valid file's sections, each only tag and payload; without the end section, which sealing makes."""
    out, at = bytearray(), HEADER_BYTES
    while at < len(data):
        tag, length = FRAME.unpack_from(data, at)
        start = at + FRAME.size
        if tag != Section.TAIL:
            out += tag + data[start : start + length]
        at = start + length + 4
    return bytes(out)


def seal(data: bytes) -> bytes:
    """The file of these sections. A tag inside a payload begins another section."""
    if data.startswith(MAGIC):
        return data
    parts = [_part(text) for text in BOUNDARY.split(data) if text]
    if not any(tag == Section.TAIL for tag, _ in parts):
        parts.append((Section.TAIL, _totals(parts)))
    return _join(parts)


def _part(text: bytes) -> tuple[bytes, bytes]:
    return (text[:4], text[4:]) if text[:4] in TAGS else (UNKNOWN, text)


def _join(parts: Iterable[tuple[bytes, bytes]]) -> bytes:
    out = bytearray(HEADER.pack(MAGIC, VERSION, 0, 0))
    crc = zlib.crc32(out)
    for tag, payload in parts:
        framed = FRAME.pack(tag, len(payload)) + payload
        crc = zlib.crc32(framed, crc)
        out += framed + crc.to_bytes(4, "little")
    return bytes(out)


def _totals(parts: Iterable[tuple[bytes, bytes]]) -> bytes:
    """An end section with the right numbers of records and roots, where they can be counted."""
    decoder = _kernels.Decoder(0)
    roots = 0
    try:
        for tag, payload in parts:
            if tag == Section.OBJECTS:
                decoder.scan(payload)
            elif tag == Section.ROOT:
                roots += sum(1 for _ in decode_roots(payload))
    except ValueError:
        pass  # the reader has to find that, too
    return TAIL.pack(decoder.objects, 0, 0, decoder.objects, roots, 0)
