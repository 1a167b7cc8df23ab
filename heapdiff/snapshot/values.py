"""The `VALS` sections of a `.heap` file: what strings, bytes and numbers hold, when it was asked for."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final, NamedTuple

from heapdiff.format import DOUBLE, VALUE_COUNT, VALUE_ROW, ValueKind

__all__ = ["ValueEntry", "decode_values", "value_text"]

DIGITS: Final = re.compile(rb"-?[0-9]{1,20}")


class ValueEntry(NamedTuple):
    """One row and its text."""

    address: int
    length: int
    kind: int
    text: bytes


def decode_values(payload: bytes) -> Iterator[ValueEntry]:
    """The rows of a section. Raises ValueError."""
    count = VALUE_COUNT.unpack_from(payload)[0] if len(payload) >= VALUE_COUNT.size else 0
    texts = at = VALUE_COUNT.size + count * VALUE_ROW.size
    if texts > len(payload):
        raise ValueError("the rows of values reach past the end of their section")
    for address, length, size, kind, _ in VALUE_ROW.iter_unpack(payload[VALUE_COUNT.size : texts]):
        yield ValueEntry(address, length, kind, payload[at : at + size])
        at += size


def value_text(kind: int, length: int, text: bytes) -> str:
    """A value as Python writes it, with an ellipsis where it was cut; of whatever the file may hold."""
    if kind == ValueKind.STR:
        decoded = text.decode("utf-8", "replace")
        return repr(decoded) + ("…" if len(decoded) < length else "")
    if kind == ValueKind.FLOAT and len(text) == DOUBLE.size:
        return repr(DOUBLE.unpack(text)[0])
    if kind == ValueKind.INT and DIGITS.fullmatch(text):
        return text.decode("ascii")
    return repr(text) + ("…" if len(text) < length else "")
