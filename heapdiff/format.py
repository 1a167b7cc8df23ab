"""The `.heap` format, version 1, as `docs/format.md` documents it: its numbers, structs and varints. Knows no file."""

from enum import IntEnum, IntFlag
from struct import Struct
from typing import Final

MAGIC: Final = b"\x89HEAP\r\n\x1a"
VERSION: Final = 1
FLAG_VALUES: Final = 1
MAX_SECTION_BYTES: Final = 1 << 24
MAX_ADDRESS: Final = 1 << 57
MAX_SIZE: Final = 1 << 48
VALUE_BYTES_MOST: Final = 100
SUMMARY_SCHEMA: Final = "snapshot/1"
HEAP_SCHEMA: Final = "heap/1"

HEADER: Final = Struct("<8sHHI")  # magic, version, flags, reserved
FRAME: Final = Struct("<4sI")  # tag, length of the payload
CHECKSUM: Final = Struct("<I")
TAIL: Final = Struct("<6Q")
HEADER_BYTES: Final = HEADER.size
VALUE_COUNT: Final = Struct("<I")
VALUE_ROW: Final = Struct("<QIHBB")  # address, length, bytes of its text, kind, reserved
DOUBLE: Final = Struct("<d")
HASH: Final = Struct("<I")


class Section:
    """Tags of the sections."""

    INFO: Final = b"INFO"
    NAME: Final = b"NAME"
    TYPE: Final = b"TYPE"
    LAYOUT: Final = b"LAYO"
    OBJECTS: Final = b"OBJS"
    ROOT: Final = b"ROOT"
    BOUNDS: Final = b"BNDS"
    FACTS: Final = b"FACT"
    MODULES: Final = b"MODS"
    IDLE: Final = b"IDLE"
    VIEWS: Final = b"VIEW"
    VALUES: Final = b"VALS"
    HASHES: Final = b"HASH"
    SAMPLES: Final = b"SAMP"
    CALLS: Final = b"CALL"
    MEMORY: Final = b"MEMO"
    TAIL: Final = b"TAIL"


class TypeFlag(IntFlag):
    HEAP_TYPE = 1
    PSEUDO = 2
    GC = 4
    DICT = 8
    TYPE = 16
    HASHED = 32


class RecordTag(IntFlag):
    CONTINUED = 0x01
    SIZE = 0x02
    REFCOUNT = 0x04
    NAMED = 0x08
    GROUPS = 0x30


KNOWN_TAGS: Final = int(
    RecordTag.CONTINUED | RecordTag.SIZE | RecordTag.REFCOUNT | RecordTag.NAMED | RecordTag.GROUPS
)
MANY_GROUPS: Final = 3


class GroupKind(IntEnum):
    ELEMENTS = 1
    ITEMS = 2
    INT_ITEMS = 3
    LAYOUT = 4
    NAMED = 5
    UNNAMED = 6
    WEAK = 7
    MEMBERS = 8
    DECLARES = 9
    STACK = 10


class EdgeKind(IntEnum):
    UNNAMED = 0
    ELEMENT = 1
    KEY = 2
    VALUE = 3
    INT_VALUE = 4
    ATTRIBUTE = 5
    LOCAL = 6
    CELL = 7
    FREE = 8
    MEMBER = 9
    INTERNAL = 10
    TYPE = 11
    WEAK = 12
    STACK = 13


NAMED_KINDS: Final = frozenset(
    (EdgeKind.ATTRIBUTE, EdgeKind.LOCAL, EdgeKind.CELL, EdgeKind.FREE, EdgeKind.INTERNAL)
)  # their payload is a name
LABEL_SHIFT: Final = 28
LABEL_PAYLOAD: Final = (1 << LABEL_SHIFT) - 1


class ValueKind(IntEnum):
    STR = 1
    BYTES = 2
    INT = 3
    FLOAT = 4


class ModuleOwner(IntEnum):
    STANDARD = 1
    BUILT_IN = 2
    DISTRIBUTION = 3
    APPLICATION = 4


class SampleRow(IntEnum):
    SOURCE = 1
    CODE = 2
    STACK = 3
    SAMPLE = 4


class SampleSource(IntEnum):
    SAMPLER = 1
    TRACEMALLOC = 2


class RootKind(IntEnum):
    MODULE = 1
    INTERPRETER = 2
    THREAD = 3
    THREAD_STATE = 4
    TYPE = 5


LAST_SHIFT: Final = 63


class Cursor:
    """A position in the payload of one section; raises ValueError where a number or a text would reach past its end."""

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
        if self.at < self.end and (byte := self.data[self.at]) < 0x80:
            self.at += 1
            return byte
        return self.varints(1)[0]

    def varints(self, count: int) -> list[int]:
        """So many of them in a row, in half the time."""
        data, at, numbers = self.data, self.at, []
        try:
            for _ in range(count):
                byte = data[at]
                at += 1
                number, shift = byte & 0x7F, 7
                while byte >= 0x80:
                    byte = data[at]
                    at += 1
                    if shift == LAST_SHIFT and byte > 1:
                        raise ValueError("a number has more than 64 bits")
                    number |= (byte & 0x7F) << shift
                    shift += 7
                numbers.append(number)
        except IndexError:
            raise ValueError("a record reaches past the end of its section") from None
        self.at = at
        return numbers

    def zigzag(self) -> int:
        return unzigzag(self.varint())

    def text(self) -> str:
        """A length and that many bytes of UTF-8."""
        length = self.varint()
        if length > self.left():
            raise ValueError("a name reaches past the end of its section")
        self.at += length
        return str(self.data[self.at - length : self.at], "utf-8", "replace")

    def texts(self) -> list[str]:
        """All that are left, in a quarter of the time."""
        data, at, end, found = self.data, self.at, self.end, []
        while at < end:
            length = data[at]
            at += 1
            if length >= 0x80:
                self.at = at - 1
                length, at = self.varint(), self.at
            if length > end - at:
                raise ValueError("a name reaches past the end of its section")
            found.append(str(data[at : at + length], "utf-8", "replace"))
            at += length
        self.at = at
        return found


def encode_varint(number: int) -> bytes:
    out = bytearray()
    write_varint(out, number)
    return bytes(out)


def zigzag(number: int) -> int:
    """A number as one that is never negative: 0, -1, 1, -2 … as 0, 1, 2, 3 …"""
    return number << 1 if number >= 0 else (-number << 1) - 1


def unzigzag(number: int) -> int:
    return number >> 1 ^ -(number & 1)


def write_varint(out: bytearray, number: int) -> None:
    """Append an unsigned LEB128 number below 2**64."""
    if 0 <= number <= 0x7F:
        out.append(number)
        return
    if number < 0 or number >> 64:
        raise ValueError(f"{number} does not fit a varint")
    while number > 0x7F:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    out.append(number)
