"""A sheet: what each answer about the fleet is before it's a table, Markdown or a page. Names in it are as they were found."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from heapdiff.render.amounts import elapsed, size

Cell = Literal["number", "word", "name", "path"]
NONE = "-"


@dataclass(frozen=True, slots=True)
class SheetColumn:
    """`cell`: a number stands right; a word is ours, or plain; a name is somebody's; a path is one that is told by its end.

    Where a terminal is narrow, those of the highest `drop` go first.
    """

    heading: str
    cell: Cell = "number"
    drop: int = 0


@dataclass(frozen=True, slots=True)
class SheetTable:
    """`hidden` rows aren't shown. A table without rows isn't shown at all."""

    title: str
    columns: tuple[SheetColumn, ...]
    rows: tuple[tuple[str, ...], ...]
    hidden: int = 0
    noun: str = "row"


@dataclass(frozen=True, slots=True)
class Remark:
    """A sentence about a name."""

    name: str
    text: str


@dataclass(frozen=True, slots=True)
class Sheet:
    """`tone` is leak, warn, fine or open; `word` is the verdict in a word or two, `lead` says it in a sentence."""

    title: str
    word: str
    lead: str
    tone: str
    facts: tuple[str, ...] = ()
    tables: tuple[SheetTable, ...] = ()
    remarks: tuple[Remark, ...] = ()
    commands: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


def amount(value: float | None) -> str:
    return NONE if value is None else size(value)


def with_margin(value: float | None, margin: float | None) -> str:
    """`300 B ±12 %`: the margin is of the value."""
    if value is None:
        return NONE
    if margin is None or not value:
        return size(value)
    share = 100 * margin / abs(value)
    return f"{size(value)} ±{share:.0f} %" if share < 1000 else f"{size(value)} ±?"


def hours(value: float | None) -> str:
    return NONE if value is None else elapsed(value * 3600) if value < 24 * 365 else "> 1 year"


def day(moment: str) -> str:
    """The date and the minute of a moment."""
    return moment[:16].replace("T", " ")


def said(text: str) -> str:
    return text or NONE
