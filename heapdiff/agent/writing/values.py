"""What strings, bytes and numbers hold, as the `VALS` sections of a `.heap` file: users' data, on request only."""

from __future__ import annotations

from typing import Final

from heapdiff.format import DOUBLE, VALUE_BYTES_MOST, VALUE_COUNT, VALUE_ROW, ValueKind

SECTION_BYTES: Final = 1 << 18
BIG: Final = 1 << 60


class ValueTable:
    """The rows of a `VALS` section, and the texts behind them."""

    def __init__(self) -> None:
        self.rows, self.texts = bytearray(), bytearray()

    def add(self, address: int, value: object) -> bool:
        """Whether the section is full."""
        kind, length, text = 0, 0, b""
        if type(value) is str:
            kind, length = ValueKind.STR, len(value)
            text = value[:VALUE_BYTES_MOST].encode("utf-8", "replace")
            while len(text) > VALUE_BYTES_MOST:
                text = text.decode("utf-8", "ignore")[:-1].encode("utf-8")
        elif type(value) is bytes:
            kind, length, text = ValueKind.BYTES, len(value), value[:VALUE_BYTES_MOST]
        elif type(value) is int and -BIG < value < BIG:
            kind, text = ValueKind.INT, b"%d" % value
        elif type(value) is float:
            kind, text = ValueKind.FLOAT, DOUBLE.pack(value)
        if kind:
            self.rows += VALUE_ROW.pack(address, min(length, 2**32 - 1), len(text), kind, 0)
            self.texts += text
        return len(self.rows) + len(self.texts) >= SECTION_BYTES

    def take(self) -> bytes:
        payload = VALUE_COUNT.pack(len(self.rows) // VALUE_ROW.size) + self.rows + self.texts
        self.rows, self.texts = bytearray(), bytearray()
        return payload
