"""The tables' columns in Arrow's types, and where a table's files lie. Plain strings: not every engine reads dictionaries."""

from __future__ import annotations

import hashlib
from functools import cache
from typing import Any, Final
from urllib.parse import quote

from heapdiff.fleet.tables import TABLES, Column

NOBODYS: Final = "__none__"  # the folder of a service that has no name
MOST_FOLDER: Final = 200  # of the 255 bytes that a file system gives a name
OWN: Final = "_lake"  # engines pass over what begins so
SEEN, SKEWED, TAILS = "_seen", "_skewed", "_tails"
INTERNAL: Final[dict[str, tuple[Column, ...]]] = {
    SEEN: (Column("key", "integer", "of a source as it was: address, size and time"),),
    SKEWED: (Column("key", "integer", "of a row that stands under another day than its source says"),),
    TAILS: (
        Column("worker", "text", "as in snapshots"),
        Column("captured_at", "moment", "of its latest snapshot that has a graph, by the host's clock"),
        Column("source", "text", "where that lay"),
    ),
}
"""What a lake knows for itself, in files of the same kind below `_lake`. `day` of `_seen` is that of the source's own time."""
COLUMNS: Final = {**TABLES, **INTERNAL}


@cache
def arrow_schema(table: str) -> Any:
    """The `pyarrow.Schema` of a table's files."""
    import pyarrow as pa

    types = {
        "text": pa.string(),
        "integer": pa.int64(),
        "number": pa.float64(),
        "truth": pa.bool_(),
        "moment": pa.timestamp("us", "UTC"),
    }
    return pa.schema([pa.field(each.name, types[each.type], each.nullable) for each in COLUMNS[table]])


def folder_of(table: str, day: str, service: str = "") -> str:
    """Below the lake's root: `snapshots/day=2026-12-01/service=shop`."""
    if table in INTERNAL:
        return f"{OWN}/{table[1:]}/day={day}"
    return f"{table}/day={day}/service={folder_name(service)}"


def folder_name(service: str) -> str:
    """A service's name as a folder's, percent-encoded; nothing in it is a path. What is too long ends in its hash."""
    if not service:
        return NOBODYS
    name = quote(service, safe="").replace(NOBODYS, "%5F_none__")
    if len(name) <= MOST_FOLDER:
        return name
    return f"{name[:MOST_FOLDER]}-{hashlib.blake2b(service.encode(), digest_size=8).hexdigest()}"
