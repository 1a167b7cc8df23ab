"""Which rows a question is about, and the columns that are worked out of them, alike in every engine."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from heapdiff.errors import LakeError
from heapdiff.escaping import escape_terminal
from heapdiff.fleet.engines.asked import Asked
from heapdiff.fleet.judging.evidence import UNKNOWN_AGE
from heapdiff.fleet.judging.thresholds import AGE_EDGES_S

if TYPE_CHECKING:
    from ibis import Table, Value

HOUR_S = 3600
WRONG_CLOCKS = 0.002  # of all intervals may have a clock that is wrong, or a name set by mistake


@dataclass(frozen=True, slots=True)
class Choice:
    """What the user limits a question to; None is all. `since_s` is how far back from the lake's newest row."""

    service: str | None = None
    environment: str | None = None
    release: str | None = None
    since_s: int | None = None


RELEASE = ("service", "release")
HOLDER = (*RELEASE, "fingerprint")


@dataclass(frozen=True)
class Narrowed:
    """The rows that a choice leaves. `newest` is the lake's latest moment, in seconds since 1970: the lake's own now."""

    asked: Asked
    snapshots: Table
    comparisons: Table
    suspects: Table
    newest: int

    @cached_property
    def exposed(self) -> Table:
        """What each worker's intervals come to at each band of ages: far fewer rows than there are intervals."""
        return self.asked.keep(_sum_exposed(self.comparisons))

    @cached_property
    def grown(self) -> Table:
        """And what those come to in which a holder grew, for each holder."""
        return self.asked.keep(_sum_grown(self.suspects))


def narrow(asked: Asked, choice: Choice, root: str) -> Narrowed:
    """Raises LakeError where the choice leaves nothing."""
    newest = max(
        _newest(asked, asked.comparisons, "after_at"), _newest(asked, asked.snapshots, "captured_at")
    )
    if newest < 0:
        raise LakeError(
            f"{escape_terminal(root)}: nothing in this lake yet", "heapdiff fleet ingest SOURCE --to LAKE"
        )
    since = None if choice.since_s is None else newest - choice.since_s
    return Narrowed(
        asked,
        _keep(asked.snapshots, choice, since, "captured_at"),
        _with_age(_keep(asked.comparisons, choice, since, "after_at")),
        _with_age(_keep(asked.suspects, choice, since, "after_at")),
        newest,
    )


def _newest(asked: Asked, table: Table, column: str) -> int:
    """The latest moment but for those few that a clock may have that runs ahead."""
    hours = table.mutate(hour=(table[column] // HOUR_S).cast("int64"), moment=table[column])
    counted = hours.group_by("hour").aggregate(rows=hours.count(), last=hours.moment.max())
    found: list[tuple[int, int, int]] = sorted(asked.rows(counted, _hour), reverse=True)
    ahead, allowed = 0, WRONG_CLOCKS * sum(rows for _, rows, _ in found)
    for _, rows, last in found:
        ahead += rows
        if ahead > allowed:
            return last
    return -1


def _hour(hour: int, rows: int, last: int) -> tuple[int, int, int]:
    return hour, rows, last


def _keep(table: Table, choice: Choice, since: int | None, column: str) -> Table:
    for name in ("service", "environment", "release"):
        value = getattr(choice, name)
        if value is not None:
            table = table.filter(table[name] == value)
    if since is not None:
        table = table.filter(table[column] >= since)
    return table


def _with_age(table: Table) -> Table:
    """An interval with its length, its requests, 0 where unknown, and the band of ages that its worker was in."""
    return table.mutate(
        seconds=_least(table.after_at - table.before_at),
        served=table.requests.fill_null(0),
        counted=table.requests.notnull().cast("int64"),
        band=band_of(table.age_s),
    )


def _sum_exposed(rows: Table) -> Table:
    return rows.group_by([*RELEASE, "worker", "band"]).aggregate(
        intervals=rows.count(),
        all_seconds=total(rows.seconds),
        all_requests=total(rows.served),
        known=total(rows.counted),
        first=rows.before_at.min(),
        last=rows.after_at.max(),
    )


def _sum_grown(rows: Table) -> Table:
    counted = rows.bytes_delta * rows.served.sign()  # 0 where no request was counted
    return rows.group_by([*HOLDER, "worker", "band"]).aggregate(
        host=rows.host.max(),
        found=rows.count(),
        sure=total((rows.confidence == "high").cast("int64")),
        doubted=total((rows.confidence == "low").cast("int64")),
        bytes=total(rows.bytes_delta),
        seconds=total(rows.seconds),
        counted_bytes=total(counted.cast("int64")),
        requests=total(rows.served),
        seen_first=rows.before_at.min(),
        seen_last=rows.after_at.max(),
    )


def total(column: Any) -> Any:
    """A sum as an integer of 64 bits: some engines widen it."""
    return column.sum().cast("int64")


def band_of(age: Any) -> Any:
    """The number of the band of ages; -1 for an unknown age."""
    import ibis

    return ibis.cases((age.isnull(), UNKNOWN_AGE), else_=_find_band(age, 0, len(AGE_EDGES_S))).cast("int64")


def _find_band(age: Any, first: int, last: int) -> Any:
    """By halves: an engine compares each row with five edges, not with up to all of them."""
    import ibis

    if first == last:
        return ibis.literal(first)
    middle = (first + last) // 2
    younger = age < AGE_EDGES_S[middle]
    return ibis.cases((younger, _find_band(age, first, middle)), else_=_find_band(age, middle + 1, last))


def _least(value: Value) -> Value:
    """A clock may have been set back in between."""
    import ibis

    return ibis.cases((value < 0, 0), else_=value).cast("int64")
