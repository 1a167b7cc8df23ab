"""docs/format.md says what the code does: its tables are compared with the constants."""

from __future__ import annotations

import re
from enum import IntEnum
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
    Section,
    TypeFlag,
    ValueKind,
)
from heapdiff.snapshot.tables import TailEntry

PAGE = (Path(__file__).parents[2] / "docs" / "format.md").read_text(encoding="utf-8")


def tables() -> list[list[list[str]]]:
    """Each table of the page as rows of cells, without its head."""
    found: list[list[list[str]]] = []
    rows: list[list[str]] = []
    for line in [*PAGE.splitlines(), ""]:
        if line.startswith("|"):
            rows.append([cell.strip().strip("`") for cell in line.strip("|").split("|")])
        elif rows:
            found.append(rows[2:])
            rows = []
    return found


def named(rows: list[list[str]]) -> dict[str, int]:
    return {row[1]: int(row[0], 0) for row in rows}


def table_with(cell: str) -> list[list[str]]:
    matching = [rows for rows in tables() if any(cell in row for row in rows)]
    assert len(matching) == 1, f"{len(matching)} tables have the cell {cell}"
    return matching[0]


@pytest.mark.parametrize(
    ("cell", "members"),
    [
        ("ITEMS", GroupKind),
        ("INT_VALUE", EdgeKind),
        ("THREAD_STATE", RootKind),
        ("FLOAT", ValueKind),
        ("APPLICATION", ModuleOwner),
        ("SOURCE", SampleRow),
    ],
)
def test_the_kinds_on_the_page_are_those_in_the_code(cell: str, members: type[IntEnum]) -> None:
    assert named(table_with(cell)) == {member.name: member.value for member in members}


def test_the_type_flags_on_the_page_are_those_in_the_code() -> None:
    bits = {name: 1 << bit for name, bit in named(table_with("HEAP_TYPE")).items()}
    assert bits == {flag.name: flag.value for flag in TypeFlag}


def test_the_record_tags_on_the_page_are_those_in_the_code() -> None:
    tags = named(table_with("CONTINUED"))
    assert tags.pop("groups") == RecordTag.GROUPS
    assert tags == {tag.name: tag.value for tag in RecordTag if tag is not RecordTag.GROUPS}


def test_the_sections_on_the_page_are_those_in_the_code() -> None:
    tags = {value for name, value in vars(Section).items() if isinstance(value, bytes)}
    assert {row[0].encode() for row in table_with("TAIL")} == tags


def test_the_end_section_on_the_page_is_the_one_that_is_read() -> None:
    (row,) = (row for row in table_with("TAIL") if row[0] == "TAIL")
    assert row[1] == f"u64 \u00d7 {len(TailEntry._fields)}: {', '.join(TailEntry._fields)}"


def test_the_frame_on_the_page_is_the_one_that_is_read() -> None:
    magic = re.search(r"magic ((?:[0-9A-F]{2} )+)·", PAGE)
    assert magic is not None
    assert bytes.fromhex(magic[1]) == numbers.MAGIC
    assert f"u16 version = {numbers.VERSION} ·" in PAGE
    assert f"header  {numbers.HEADER_BYTES} bytes" in PAGE
    assert f"at most {numbers.MAX_SECTION_BYTES:,} bytes" in PAGE
    assert f"`kind << {numbers.LABEL_SHIFT} | payload`" in PAGE
    assert f'schema: "{numbers.SUMMARY_SCHEMA}"' in PAGE
    assert numbers.HEAP_SCHEMA in PAGE


def test_the_history_ends_with_the_version_in_the_code() -> None:
    assert [row[0] for row in tables()[-1]][-1] == str(numbers.VERSION)
