"""What an engine adds up: intervals by age, by hour and by worker, and what was found in them.

Rows are grouped by worker before anything is joined, so that a join sees one row of each worker and holder at most; and what
several of these counts need is grouped once (`Narrowed.exposed`, `Narrowed.grown`).
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, NamedTuple

from heapdiff.fleet.questions.narrowing import HOLDER, HOUR_S, RELEASE, Narrowed, total

if TYPE_CHECKING:
    from ibis import Table

MOST_FOLLOWED = 100


class AgeCount(NamedTuple):
    """All intervals of a release at one band of ages."""

    service: str
    release: str
    band: int
    intervals: int
    seconds: int
    requests: int
    with_requests: int


class HourCount(NamedTuple):
    """All intervals of a release that began in one hour. `hour` counts from 1970."""

    service: str
    release: str
    hour: int
    intervals: int


class WorkerCount(NamedTuple):
    """How many workers of a release were observed."""

    service: str
    release: str
    workers: int
    first: int
    last: int


class FoundCount(NamedTuple):
    """The intervals of a release at one band of ages in which a holder grew."""

    service: str
    release: str
    fingerprint: str
    band: int
    found: int
    bytes: int


class HolderCount(NamedTuple):
    """What the workers of a release that showed a holder amount to. The sums of squares are over workers, of the intervals with
    growth: b bytes, q requests where they're known, t seconds."""

    service: str
    release: str
    fingerprint: str
    workers: int
    found: int
    intervals: int
    sure: int
    doubted: int
    bytes: int
    seconds: int
    counted_bytes: int
    requests: int
    all_seconds: int
    all_requests: int
    first: int
    last: int
    bb: float
    bq: float
    qq: float


class AfterwardsCount(NamedTuple):
    """What came in the interval after a holder gained, beside what others gained: sums over workers, of a line through each
    one's intervals."""

    service: str
    fingerprint: str
    workers: int
    b: float
    q: float
    bb: float
    bq: float
    qq: float


class Example(NamedTuple):
    """One way in which a holder was named, and how often."""

    service: str
    fingerprint: str
    path: str
    holder_type: str
    held: str
    kind: str
    own: bool
    site: str
    entry: str
    found: int


def count_ages(narrowed: Narrowed) -> list[AgeCount]:
    rows = narrowed.exposed
    counted = rows.group_by([*RELEASE, "band"]).aggregate(
        of_them=total(rows.intervals),
        seconds=total(rows.all_seconds),
        requests=total(rows.all_requests),
        with_requests=total(rows.known),
    )
    return narrowed.asked.rows(counted, AgeCount)


def count_hours(narrowed: Narrowed) -> list[HourCount]:
    rows = narrowed.comparisons
    rows = rows.mutate(hour=(rows.before_at // HOUR_S).cast("int64"))
    return narrowed.asked.rows(rows.group_by([*RELEASE, "hour"]).aggregate(intervals=rows.count()), HourCount)


def count_workers(narrowed: Narrowed) -> list[WorkerCount]:
    rows = exposed_workers(narrowed.exposed)
    counted = rows.group_by(list(RELEASE)).aggregate(
        workers=rows.count(), first_of_them=rows.first.min(), last_of_them=rows.last.max()
    )
    return narrowed.asked.rows(counted, WorkerCount)


def count_found(narrowed: Narrowed) -> list[FoundCount]:
    rows = narrowed.grown
    counted = rows.group_by([*HOLDER, "band"]).aggregate(times=total(rows.found), gained=total(rows.bytes))
    return narrowed.asked.rows(counted, FoundCount)


def exposed_workers(rows: Table) -> Table:
    """One row for each worker of a release, with all its intervals."""
    sums = {name: total(rows[name]) for name in ("intervals", "all_seconds", "all_requests", "known")}
    first, last = rows["first"].min(), rows["last"].max()
    return rows.group_by([*RELEASE, "worker"]).aggregate(**sums, first=first, last=last)


def affected_workers(rows: Table) -> Table:
    """One row for each holder and each worker that showed it."""
    names = ("found", "sure", "doubted", "bytes", "seconds", "counted_bytes", "requests")
    sums = {name: total(rows[name]) for name in names}
    first, last = rows.seen_first.min(), rows.seen_last.max()
    return rows.group_by([*HOLDER, "worker"]).aggregate(**sums, seen_first=first, seen_last=last)


def count_holders(narrowed: Narrowed) -> list[HolderCount]:
    every = exposed_workers(narrowed.exposed)
    rows = affected_workers(narrowed.grown).join(every, [*RELEASE, "worker"])
    b, q = rows.counted_bytes.cast("float64"), rows.requests.cast("float64")
    counted = rows.group_by(list(HOLDER)).aggregate(
        workers=rows.count(),
        found=total(rows.found),
        intervals_of_them=total(rows.intervals),
        sure=total(rows.sure),
        doubted=total(rows.doubted),
        bytes=total(rows.bytes),
        seconds=total(rows.seconds),
        counted_bytes=total(rows.counted_bytes),
        requests=total(rows.requests),
        all_seconds=total(rows.all_seconds),
        all_requests=total(rows.all_requests),
        first_seen=rows.seen_first.min(),
        last_seen=rows.seen_last.max(),
        bb=(b * b).sum(),
        bq=(b * q).sum(),
        qq=(q * q).sum(),
    )
    return narrowed.asked.rows(counted, HolderCount)


def count_afterwards(narrowed: Narrowed, fingerprints: list[str]) -> list[AfterwardsCount]:
    """A line's slope is b over q. Of each holder, the intervals of some workers that showed it: `MOST_FOLLOWED`, by name."""
    import ibis

    suspects = narrowed.suspects
    keys = ["service", "fingerprint"]
    chosen = (
        suspects.filter(suspects.fingerprint.isin(fingerprints))
        .group_by([*keys, "worker"])
        .aggregate(n=ibis._.count())
    )
    order = ibis.row_number().over(group_by=keys, order_by="worker")
    chosen = chosen.mutate(order=order).filter(ibis._.order < MOST_FOLLOWED).select(*keys, "worker")
    rows = suspects.semi_join(chosen, ["service", "worker"])
    gains = rows.group_by(["worker", "fingerprint", "after_at"]).aggregate(gained=total(rows.bytes_delta))
    together = rows.group_by(["worker", "after_at"]).aggregate(gained=total(rows.bytes_delta))
    steps = _steps(narrowed.snapshots.semi_join(chosen, ["service", "worker"]), together)
    found = chosen.join(steps, "worker").left_join(
        gains.rename(gaining="worker", of="fingerprint", gained_at="after_at"),
        [("worker", "gaining"), ("fingerprint", "of"), ("earlier", "gained_at")],
    )
    found = found.mutate(x=found.gained.fill_null(0).cast("float64"))
    lines = found.group_by([*keys, "worker"]).aggregate(
        n=found.count(),
        x=found.x.sum(),
        xx=(found.x * found.x).sum(),
        y=found.rest.sum(),
        xy=(found.x * found.rest).sum(),
    )
    lines = lines.mutate(b=lines.xy - lines.x * lines.y / lines.n, q=lines.xx - lines.x * lines.x / lines.n)
    lines = lines.filter(lines.q > 1)
    b, q = lines.b, lines.q
    counted = lines.group_by(keys).aggregate(
        workers=lines.count(), b=b.sum(), q=q.sum(), bb=(b * b).sum(), bq=(b * q).sum(), qq=(q * q).sum()
    )
    return narrowed.asked.rows(counted, AfterwardsCount)


def _steps(snapshots: Table, together: Table) -> Table:
    """Each snapshot after another of its worker: when that was, and by what Python objects grew that no holder accounts for."""
    import ibis

    window = ibis.window(group_by="worker", order_by=["captured_at", "key"])
    steps = snapshots.mutate(
        earlier=snapshots.captured_at.lag(1).over(window),
        grown=snapshots.python_object_bytes - snapshots.python_object_bytes.lag(1).over(window),
    ).select("worker", "captured_at", "earlier", "grown")
    steps = steps.filter(steps.earlier.notnull())
    joined = steps.left_join(
        together.rename(gaining="worker", gained_all="gained", until="after_at"),
        [("worker", "gaining"), ("captured_at", "until")],
    )
    return joined.mutate(rest=(joined.grown - joined.gained_all.fill_null(0)).cast("float64")).select(
        "worker", "earlier", "rest"
    )


def find_examples(narrowed: Narrowed, fingerprints: Iterable[str]) -> dict[tuple[str, str], Example]:
    """How each holder of a service is named most often, then by name: the same one may be reached by several paths, and filled
    from several places. Asks nothing about none.
    """
    wanted = sorted(set(fingerprints))
    if not wanted:
        return {}
    rows = narrowed.suspects
    rows = rows.filter(rows.fingerprint.isin(wanted))
    keys = ["service", *Example._fields[1:-1]]
    found = narrowed.asked.rows(rows.group_by(keys).aggregate(found=rows.count()), Example)
    named: dict[tuple[str, str], Example] = {}
    for each in sorted(found, key=lambda each: (-each.found, each[:-1])):
        named.setdefault((each.service, each.fingerprint), each)
    return named


def count_hosts(narrowed: Narrowed, fingerprints: list[str]) -> dict[tuple[str, str], int]:
    rows = narrowed.grown
    rows = rows.filter(rows.fingerprint.isin(fingerprints))
    counted = rows.group_by(["service", "fingerprint"]).aggregate(hosts=rows.host.nunique())
    return dict(narrowed.asked.rows(counted, lambda service, name, hosts: ((service, name), hosts)))
