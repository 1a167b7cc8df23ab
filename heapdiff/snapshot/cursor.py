"""Reads varints from a buffer and never past its end. Raises ValueError with the reason; knows no file."""

from __future__ import annotations

from typing import Final

__all__ = ["Cursor", "unzigzag"]

LAST_SHIFT: Final = 63


class Cursor:
    """A position in the payload of one section."""

    __slots__ = ("at", "data", "end")

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.at = 0
        self.end = len(data)

    def __bool__(self) -> bool:
        return self.at < self.end

    def left(self) -> int:
        return self.end - self.at

    def byte(self) -> int:
        if self.at >= self.end:
            raise ValueError("a record reaches past the end of its section")
        self.at += 1
        return self.data[self.at - 1]

    def varint(self) -> int:
        """An unsigned number of at most 64 bits in at most 10 bytes."""
        at, number, shift = self.at, 0, 0
        while at < self.end:
            byte = self.data[at]
            at += 1
            if shift == LAST_SHIFT and byte > 1:
                raise ValueError("a number has more than 64 bits")
            number |= (byte & 0x7F) << shift
            if byte < 0x80:
                self.at = at
                return number
            shift += 7
        raise ValueError("a record reaches past the end of its section")

    def zigzag(self) -> int:
        return unzigzag(self.varint())

    def text(self) -> str:
        """A length and that many bytes of UTF-8."""
        length = self.varint()
        if length > self.left():
            raise ValueError("a name reaches past the end of its section")
        self.at += length
        return str(self.data[self.at - length : self.at], "utf-8", "replace")


def unzigzag(number: int) -> int:
    return number >> 1 ^ -(number & 1)
