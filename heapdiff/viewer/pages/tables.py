"""Turns answers into the tables of a page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Final

from heapdiff.answers import Comparison, ObjectPage, PathStep, TypeRow
from heapdiff.viewer.pages.sheets import Column, Kind, Link, Table

TYPE: Final = Column("type", "Type", Kind.TYPE)
ADDRESS: Final = Column("address", "Object", Kind.OBJECT)
CUT: Final = Column("cut", "If cut", Kind.CUT)
OWN: Final = Column("bytes", "Own", Kind.BYTES)
RETAINED: Final = Column("retained_bytes", "Retained", Kind.BYTES)
TYPES: Final[tuple[Column, ...]] = (
    Column("type", "Type", Kind.TYPE, "type"),
    Column("count", "Objects", Kind.COUNT, "count"),
    Column("bytes", "Own", Kind.BYTES, "bytes"),
    Column("retained_bytes", "Retained", Kind.BYTES, "retained"),
)


OBJECTS: Final[tuple[Column, ...]] = (
    Column("reference", "Reference", Kind.CODE),
    Column("address", "Object", Kind.OBJECT, "address"),
    Column("type", "Type", Kind.TYPE),
    Column("name", "Name", Kind.CODE),
    Column("value", "Value", Kind.CODE),
    Column("bytes", "Own", Kind.BYTES, "bytes"),
    Column("retained_bytes", "Retained", Kind.BYTES, "retained"),
)
OFTEN_EMPTY: Final = frozenset(("reference", "name", "value"))


def tabulate_types(
    rows: Sequence[TypeRow], sort: str = "", start: int = 0, total: int | None = None, **more: Any
) -> Table:
    """`rows` are those of a page, of `total` in all. Without a figure of what they retain there's no column for it."""
    columns = TYPES if any(row.retained_bytes is not None for row in rows) else TYPES[:-1]
    if not sort:
        columns = tuple(replace(each, sort="") for each in columns)
    cells = tuple((row.type, row.count, row.bytes, row.retained_bytes)[: len(columns)] for row in rows)
    count = len(rows) if total is None else total
    return Table(
        more.pop("key", "types"),
        more.pop("title", "Types"),
        columns,
        cells,
        count,
        count,
        start,
        sort,
        **more,
    )


def tabulate_objects(
    key: str, title: str, page: ObjectPage, sort: str = "", cut: tuple[str, str] | None = None, **more: Any
) -> Table:
    """`cut`: to ask of each what if the reference weren't there; it holds the owner, or the target, that all rows share, and
    an empty text in the place of the row's own."""
    columns: tuple[Column, ...] = OBJECTS
    if not sort:
        columns = tuple(replace(each, sort="") for each in columns)
    cells = [tuple(getattr(row, column.key) for column in columns) for row in page.rows]
    hidden = frozenset(
        column.key
        for at, column in enumerate(columns)
        if column.key in OFTEN_EMPTY and not any(each[at] for each in cells)
    )
    if cut is not None:
        columns = (*columns, CUT)
        ends = (tuple(end or row.address for end in cut) for row in page.rows)
        cells = [(*each, end) for each, end in zip(cells, ends, strict=True)]
    return Table(
        key,
        title,
        columns,
        tuple(cells),
        page.total,
        page.listed,
        page.start,
        sort,
        hidden=hidden,
        **more,
    )


def tabulate_path(chain: Sequence[PathStep]) -> Table:
    """From the root down."""
    columns = (
        Column("step", "Step", Kind.CODE),
        ADDRESS,
        Column("type", "Type", Kind.TYPE),
        OWN,
        RETAINED,
    )
    rows = [
        (each.text, each.address or None, each.step.type, each.bytes, each.retained_bytes) for each in chain
    ]
    return Table.whole("path", "Path from the root", columns, rows)


def tabulate_suspects(comparison: Comparison, most: int) -> Table:
    columns = (
        Column("path", "Holder", Kind.CODE),
        Column("address", "Object", Kind.OBJECT),
        Column("holds", "Newly holds", Kind.CODE),
        Column("bytes_delta", "Growth", Kind.SIGNED_BYTES),
        Column("bytes_per_request", "Per request", Kind.SIGNED_BYTES),
        Column("confidence", "Confidence"),
        Column("reason", "Why", Kind.PROSE),
    )
    rows = [
        (
            each.holder.path,
            each.holder.address,
            ", ".join(f"{held.type} {held.count_delta:+,}" for held in each.holds[:3]),
            each.bytes_delta,
            each.bytes_per_request,
            each.confidence.value,
            each.reason,
        )
        for each in comparison.suspects[:most]
    ]
    return Table.whole("suspects", "Suspects", columns, rows, empty="No holder grew.")


def tabulate_growth(comparison: Comparison, most: int) -> Table:
    columns = (
        TYPE,
        Column("count_delta", "Objects", Kind.SIGNED),
        Column("bytes_delta", "Bytes", Kind.SIGNED_BYTES),
        Column("count_after", "Now", Kind.COUNT),
    )
    grown = [each for each in comparison.types if each.bytes_delta > 0][:most]
    rows = [(each.type, each.count_delta, each.bytes_delta, each.count_after) for each in grown]
    return Table.whole("types", "Types that grew", columns, rows, empty="No type grew.")


def tabulate_memory(comparison: Comparison) -> Table:
    columns = (
        Column("name", "Memory"),
        Column("before", "Before", Kind.BYTES),
        Column("after", "After", Kind.BYTES),
        Column("delta", "Change", Kind.SIGNED_BYTES),
    )
    rows = [(each.name, each.before, each.after, each.delta) for each in comparison.memory]
    return Table.whole("memory", "Memory", columns, rows)


def lead_to(title: str, total: int, shown: int, url: str) -> Link | None:
    """A link to all of a list, where not all of it is shown."""
    return Link(f"All {total:,} {title}", url) if total > shown else None
