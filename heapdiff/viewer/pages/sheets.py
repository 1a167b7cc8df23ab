"""What a page shows, before it is HTML, JSON or CSV: facts and tables of plain values. Nothing is escaped here."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any, Final

from heapdiff.answers import RowColumn, Rows
from heapdiff.render.rows.separated import render_csv

SCHEMA: Final = "view/1"


class Kind(str, Enum):
    """How a value is shown, and what it leads to."""

    TEXT = "text"
    CODE = "code"
    COUNT = "count"
    BYTES = "bytes"
    SIGNED = "signed"
    SIGNED_BYTES = "signed-bytes"
    OBJECT = "object"  # an address, which leads to the object's page
    TYPE = "type"  # a type's name, which leads to its objects
    PROSE = "prose"
    GROUP = "group"  # a group of the owner map: its number, which leads to it, and what it is called
    PATH = "path"  # leads to what a search for it finds
    CUT = "cut"  # two addresses: what if the one no longer referred to the other


NUMBERS: Final = frozenset((Kind.COUNT, Kind.BYTES, Kind.SIGNED, Kind.SIGNED_BYTES))


@dataclass(frozen=True, slots=True)
class Column:
    """`key` names it in JSON and CSV. `sort` is what `?sort=` calls its order, if there is one."""

    key: str
    title: str
    kind: Kind = Kind.TEXT
    sort: str = ""

    @property
    def is_number(self) -> bool:
        return self.kind in NUMBERS


@dataclass(frozen=True, slots=True)
class Link:
    text: str
    url: str


@dataclass(frozen=True, slots=True)
class Table:
    """`listed` rows can be turned to, of `total`, and these are those from `start` on; `more` leads to all of them.

    `hidden` columns have nothing to show here: they are in JSON and CSV alone.
    """

    key: str
    title: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Any, ...], ...]
    total: int
    listed: int
    start: int = 0
    sort: str = ""
    empty: str = "There are none."
    note: str = ""
    more: Link | None = None
    hidden: frozenset[str] = frozenset()

    @classmethod
    def whole(
        cls, key: str, title: str, columns: tuple[Column, ...], rows: Sequence[tuple[Any, ...]], **more: Any
    ) -> Table:
        """With all of its rows."""
        return cls(key, title, columns, tuple(rows), len(rows), len(rows), **more)

    @property
    def shown(self) -> tuple[tuple[int, Column], ...]:
        """The columns of its page, and where they stand."""
        return tuple((at, each) for at, each in enumerate(self.columns) if each.key not in self.hidden)

    @property
    def data(self) -> Iterator[tuple[int, Column]]:
        """The columns that are values, and where they stand."""
        return ((at, each) for at, each in enumerate(self.columns) if each.kind is not Kind.CUT)


@dataclass(frozen=True, slots=True)
class Fact:
    key: str
    title: str
    value: Any
    kind: Kind = Kind.TEXT


@dataclass(frozen=True, slots=True)
class Sheet:
    """`about` is the name of what the page is about. `number`: the snapshot that its addresses and types are of."""

    title: str
    number: int
    about: str = ""
    facts: tuple[Fact, ...] = ()
    tables: tuple[Table, ...] = ()
    links: tuple[Link, ...] = ()
    notes: tuple[str, ...] = ()
    search: str | None = None  # what stands in the filter of types
    data: str = ""  # what the page's scripts read


def write_json(sheet: Sheet, snapshot: str) -> str:
    """ASCII only."""
    content = {
        "schema": SCHEMA,
        "snapshot": snapshot,
        "title": sheet.title,
        "about": sheet.about,
        **{fact.key: fact.value for fact in sheet.facts},
        "tables": {table.key: _table(table) for table in sheet.tables},
        "notes": list(sheet.notes),
    }
    return json.dumps(content, indent=2, ensure_ascii=True, allow_nan=False).replace("\x7f", "\\u007f") + "\n"


def _table(table: Table) -> dict[str, Any]:
    columns = list(table.data)
    rows = [{column.key: plain(column, row[at]) for at, column in columns} for row in table.rows]
    return {"total": table.total, "start": table.start, "rows": rows}


def plain(column: Column, value: Any) -> Any:
    """A value as programs read it."""
    return value[1] if column.kind is Kind.GROUP else value


def write_csv(sheet: Sheet) -> str:
    """The first table. No cell is a formula."""
    if not sheet.tables:
        columns = tuple(RowColumn(fact.key, "") for fact in sheet.facts)
        return render_csv(Rows(columns, (tuple(fact.value for fact in sheet.facts),), False))
    table = sheet.tables[0]
    chosen = list(table.data)
    rows = tuple(tuple(plain(column, row[at]) for at, column in chosen) for row in table.rows)
    return render_csv(Rows(tuple(RowColumn(column.key, "") for _, column in chosen), rows, False))
