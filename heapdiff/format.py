"""The numbers of the `.heap` format, version 1, as `docs/format.md` documents them. Constants only, no code."""

from __future__ import annotations

from enum import IntEnum, IntFlag
from typing import Final

MAGIC: Final = b"\x89HEAP\r\n\x1a"
VERSION: Final = 1
HEADER_BYTES: Final = 16
MAX_SECTION_BYTES: Final = 1 << 24
FLAG_VALUES: Final = 1
VALUE_BYTES_MOST: Final = 100
SUMMARY_SCHEMA: Final = "snapshot/1"
HEAP_SCHEMA: Final = "heap/1"


class Section:
    """Tags of the sections."""

    INFO: Final = b"INFO"
    NAME: Final = b"NAME"
    TYPE: Final = b"TYPE"
    LAYOUT: Final = b"LAYO"
    OBJECTS: Final = b"OBJS"
    ROOT: Final = b"ROOT"
    BOUNDS: Final = b"BNDS"
    MODULES: Final = b"MODS"
    VALUES: Final = b"VALS"
    MEMORY: Final = b"MEMO"
    TAIL: Final = b"TAIL"


class TypeFlag(IntFlag):
    HEAP_TYPE = 1
    PSEUDO = 2
    GC = 4
    DICT = 8
    TYPE = 16


class RecordTag(IntFlag):
    CONTINUED = 0x01
    SIZE = 0x02
    REFCOUNT = 0x04
    NAMED = 0x08
    GROUPS = 0x30


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


class RootKind(IntEnum):
    MODULE = 1
    INTERPRETER = 2
    THREAD = 3
    THREAD_STATE = 4
    TYPE = 5
