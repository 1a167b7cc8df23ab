"""The headers in C say what `heapdiff/format.py` says: every constant of both is compared."""

from __future__ import annotations

import ast
import re
from enum import IntEnum, IntFlag
from pathlib import Path

import pytest

from heapdiff import format as numbers
from heapdiff.format import (
    EdgeKind,
    GroupKind,
    ModuleOwner,
    RecordTag,
    RootKind,
    SampleRow,
    SampleSource,
    TypeFlag,
    ValueKind,
)

PACKAGE = Path(numbers.__file__).parent
COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
ENUM = re.compile(r"(?<!typedef )enum\b[\s\w]*\{([^}]*)\}")
DEFINE = re.compile(r"^#define (\w+) (.+)$", re.MULTILINE)


def source(name: str) -> str:
    """A file of C by its name, wherever it stands; without comments."""
    (path,) = PACKAGE.rglob(name)
    return COMMENT.sub("", path.read_text(encoding="utf-8"))


def enumerated(text: str) -> dict[str, int]:
    found: dict[str, int] = {}
    for body in ENUM.findall(text):
        number = -1
        for entry in filter(None, map(str.strip, body.split(","))):
            name, said, value = map(str.strip, entry.partition("="))
            found[name] = number = eval(value, {}, dict(found)) if said else number + 1
    return found


def named(kind: type[IntEnum | IntFlag], prefix: str, *but: str) -> dict[str, int]:
    return {f"{prefix}{name}": int(member) for name, member in kind.__members__.items() if name not in but}


EXPECTED = {
    "format.h": {
        "HEAP_VERSION": numbers.VERSION,
        "FLAG_VALUES": numbers.FLAG_VALUES,
        "TAG_KNOWN": numbers.KNOWN_TAGS,
        "TAG_GROUPS_SHIFT": (RecordTag.GROUPS // numbers.MANY_GROUPS).bit_length() - 1,
        **named(TypeFlag, "TYPE_"),
        **named(RecordTag, "TAG_", "GROUPS"),
        **named(GroupKind, "GROUP_"),
        **named(EdgeKind, "EDGE_"),
        **named(ValueKind, "VALUE_"),
        **named(ModuleOwner, "OWNER_"),
        **named(RootKind, "ROOT_"),
        **named(SampleRow, "SAMPLE_"),
        **named(SampleSource, "SOURCE_"),
    },
    "labels.h": {"LABEL_SHIFT": numbers.LABEL_SHIFT, "LABEL_PAYLOAD": numbers.LABEL_PAYLOAD},
    "values.h": {"VALUE_BYTES_MOST": numbers.VALUE_BYTES_MOST},
}


@pytest.mark.parametrize("name", EXPECTED)
def test_every_constant_in_c_is_the_one_in_python(name: str) -> None:
    assert enumerated(source(name)) == EXPECTED[name]


def test_the_magic_and_the_largest_object_are_the_same_in_c() -> None:
    defined = dict(DEFINE.findall(source("format.h") + source("decode.h")))
    assert ast.literal_eval(f"b{defined['HEAP_MAGIC']}") == numbers.MAGIC
    assert eval(defined["MAX_OBJECT_BYTES"].replace("(uint64_t)", "")) == numbers.MAX_SIZE
