"""The fleet's leaks as a sheet: what grows, what grew, and on request what isn't a leak."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from shlex import quote
from typing import Final

from heapdiff.answers import FleetLeak, FleetLeaks, LeakState
from heapdiff.render.amounts import count, plural
from heapdiff.render.fleet.sheet import (
    Remark,
    Sheet,
    SheetColumn,
    SheetTable,
    amount,
    day,
    hours,
    said,
    with_margin,
)

MOST_REMARKS: Final = 10
SHOWN_DIGITS: Final = 8
ENDED: Final = (LeakState.FIXED, LeakState.QUIET)


@dataclass(frozen=True, slots=True)
class _Field:
    column: SheetColumn
    show: Callable[[FleetLeak], str]


ID: Final = _Field(SheetColumn("Id", "word"), lambda leak: leak.fingerprint[:SHOWN_DIGITS])
PATH: Final = _Field(SheetColumn("Holder", "path"), lambda leak: leak.path)
SERVICE: Final = _Field(SheetColumn("Service", "name", 3), lambda leak: said(leak.service))
WORKERS: Final = _Field(
    SheetColumn("Workers"), lambda leak: f"{count(leak.workers)}/{count(leak.workers_observed)}"
)
GROWING: Final = (
    ID,
    SERVICE,
    _Field(
        SheetColumn("Per request"),
        lambda leak: with_margin(leak.bytes_per_request, leak.bytes_per_request_margin),
    ),
    _Field(SheetColumn("Per hour"), lambda leak: amount(leak.bytes_per_hour)),
    WORKERS,
    _Field(SheetColumn("Since", "name", 2), lambda leak: said(leak.first_release)),
    _Field(SheetColumn("Limit in", drop=1), lambda leak: hours(leak.hours_to_limit)),
    PATH,
)
OVER: Final = (
    ID,
    SERVICE,
    _Field(SheetColumn("State", "word"), lambda leak: leak.state.value),
    _Field(SheetColumn("Came", "name", 1), lambda leak: said(leak.first_release)),
    _Field(SheetColumn("Gone with", "name"), lambda leak: said(leak.gone_with or "")),
    _Field(SheetColumn("Last seen", "word", 2), lambda leak: day(leak.last_seen)),
    WORKERS,
    PATH,
)
OTHERS: Final = (
    ID,
    SERVICE,
    _Field(SheetColumn("Judged", "word"), lambda leak: leak.state.value),
    _Field(SheetColumn("Seen"), lambda leak: f"{count(leak.intervals_seen)}/{count(leak.intervals)}"),
    WORKERS,
    PATH,
)


def describe_leaks(found: FleetLeaks, limit: int | None) -> Sheet:
    """At most `limit` rows of each table."""
    growing = [leak for leak in found.leaks if leak.state is LeakState.GROWING]
    over = [leak for leak in found.leaks if leak.state in ENDED]
    others = [leak for leak in found.leaks if leak.state not in (LeakState.GROWING, *ENDED)]
    several = len({leak.service for leak in found.leaks}) > 1
    return Sheet(
        title="Leaks of the fleet",
        word=plural(len(growing), "leak") if growing else "no leak",
        lead=_lead(found, growing),
        tone="leak" if growing else "fine" if found.intervals else "open",
        facts=(
            f"{plural(found.workers, 'worker')} of {plural(found.services, 'service')}, "
            f"{plural(found.intervals, 'interval')}, from {day(found.since)} to {day(found.until)} UTC",
        ),
        tables=(
            _table("Growing", GROWING, growing, limit, several),
            _table("Fixed, or not seen any more", OVER, over, limit, several),
            _table("Not leaks, and why", OTHERS, others, limit, several),
        ),
        remarks=tuple(_remarks((*growing[:limit], *others[:limit]))),
        commands=(f"heapdiff fleet show {quote(found.lake)} {growing[0].fingerprint[:SHOWN_DIGITS]}",)
        if growing
        else (),
        notes=found.notes,
    )


def tell_owner(leak: FleetLeak) -> str:
    owners = f"owned by {' '.join(leak.owners)}" if leak.owners else ""
    made = f"allocated at {leak.site}" if leak.site else ""
    entry = f"for {leak.entry}" if leak.entry else ""
    return ", ".join(
        filter(None, ("" if leak.own else "in a library", " ".join(filter(None, (made, entry))), owners))
    )


def _lead(found: FleetLeaks, growing: Sequence[FleetLeak]) -> str:
    if not found.intervals:
        return "Nothing was compared yet: growth shows between two snapshots of a worker."
    if not growing:
        return f"Nothing leaks in {plural(found.workers, 'worker')}, as far as it can be told."
    nearest = min((leak.hours_to_limit for leak in growing if leak.hours_to_limit is not None), default=None)
    until = f" The first worker reaches its limit in {hours(nearest)}." if nearest is not None else ""
    verb = "1 holder grows" if len(growing) == 1 else f"{len(growing):,} holders grow"
    return f"{verb} for as long as workers live.{until}"


def _table(
    title: str, fields: Sequence[_Field], leaks: Sequence[FleetLeak], limit: int | None, several: bool
) -> SheetTable:
    shown = [field for field in fields if several or field is not SERVICE]
    rows = tuple(tuple(field.show(leak) for field in shown) for leak in leaks[:limit])
    return SheetTable(title, tuple(field.column for field in shown), rows, len(leaks) - len(rows), "leak")


def _remarks(leaks: Sequence[FleetLeak]) -> Iterator[Remark]:
    for leak in leaks[:MOST_REMARKS]:
        more = tell_owner(leak)
        sure = f"{leak.confidence.value.capitalize()} confidence"
        yield Remark(leak.path, f"{leak.reason} {sure}{f'; {more}' if more else ''}.")
