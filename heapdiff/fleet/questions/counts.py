"""What an engine adds up: intervals by age, by hour and by worker, and what was found in them.

Rows are grouped by worker before anything is joined, so that a join sees one row of each worker and holder at most.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from heapdiff.fleet.questions.narrowing import HOUR_S, Narrowed, band_of, seconds_of

if TYPE_CHECKING:
    from ibis import Table

RELEASE = ("service", "release")
HOLDER = ("service", "release", "fingerprint")
LEAST_POINTS = 3
LEAST_SPREAD = 1e-4  # hours²: less than a minute between them


class AgeCount(NamedTuple):
    """All intervals of a release at one band of ages."""

    service: str
    release: str
    band: int
    intervals: int
    seconds: int
    requests: int
    with_requests: int


class MemoryCount(NamedTuple):
    """By how much all Python objects grew at one band of ages: sums over workers, of a line through each one's snapshots."""

    service: str
    release: str
    band: int
    workers: int
    b: float
    q: float
    bb: float
    bq: float
    qq: float


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
    rows = narrowed.comparisons
    counted = rows.group_by([*RELEASE, "band"]).aggregate(
        intervals=rows.count(),
        seconds=total(rows.seconds),
        requests=total(rows.served),
        known=total(rows.counted),
    )
    return narrowed.asked.rows(counted, AgeCount)


def count_memory(narrowed: Narrowed) -> list[MemoryCount]:
    """A line's slope is b over q: sums of products, and of squares, about its middle."""
    rows = narrowed.snapshots
    at = seconds_of(rows.captured_at)
    t, y = (at - narrowed.newest).cast("float64") / HOUR_S, rows.python_object_bytes.cast("float64")
    rows = rows.mutate(band=band_of(at - seconds_of(rows.started_at)), t=t, y=y)
    lines = rows.group_by([*RELEASE, "band", "worker"]).aggregate(
        points=rows.count(),
        t=rows.t.sum(),
        tt=(rows.t * rows.t).sum(),
        y=rows.y.sum(),
        ty=(rows.t * rows.y).sum(),
    )
    lines = lines.mutate(
        b=lines.ty - lines.t * lines.y / lines.points, q=lines.tt - lines.t * lines.t / lines.points
    )
    lines = lines.filter(lines.points >= LEAST_POINTS, lines.q > LEAST_SPREAD)
    b, q = lines.b, lines.q
    counted = lines.group_by([*RELEASE, "band"]).aggregate(
        workers=lines.count(), b=b.sum(), q=q.sum(), bb=(b * b).sum(), bq=(b * q).sum(), qq=(q * q).sum()
    )
    return narrowed.asked.rows(counted, MemoryCount)


def count_hours(narrowed: Narrowed) -> list[HourCount]:
    rows = narrowed.comparisons
    rows = rows.mutate(hour=(seconds_of(rows.before_at) // HOUR_S).cast("int64"))
    return narrowed.asked.rows(rows.group_by([*RELEASE, "hour"]).aggregate(intervals=rows.count()), HourCount)


def count_workers(narrowed: Narrowed) -> list[WorkerCount]:
    rows = exposed_workers(narrowed)
    counted = rows.group_by(list(RELEASE)).aggregate(
        workers=rows.count(), first=rows.first.min(), last=rows.last.max()
    )
    return narrowed.asked.rows(counted, WorkerCount)


def count_found(narrowed: Narrowed) -> list[FoundCount]:
    rows = narrowed.suspects
    counted = rows.group_by([*HOLDER, "band"]).aggregate(found=rows.count(), bytes=total(rows.bytes_delta))
    return narrowed.asked.rows(counted, FoundCount)


def exposed_workers(narrowed: Narrowed) -> Table:
    """One row for each worker of a release, with all its intervals."""
    rows = narrowed.comparisons
    return rows.group_by([*RELEASE, "worker"]).aggregate(
        intervals=rows.count(),
        all_seconds=total(rows.seconds),
        all_requests=total(rows.served),
        first=seconds_of(rows.before_at.min()),
        last=seconds_of(rows.after_at.max()),
    )


def affected_workers(narrowed: Narrowed) -> Table:
    """One row for each holder and each worker that showed it."""
    rows = narrowed.suspects
    counted = rows.bytes_delta * rows.served.sign()  # 0 where no request was counted
    return rows.group_by([*HOLDER, "worker"]).aggregate(
        found=rows.count(),
        sure=total((rows.confidence == "high").cast("int64")),
        doubted=total((rows.confidence == "low").cast("int64")),
        bytes=total(rows.bytes_delta),
        seconds=total(rows.seconds),
        counted_bytes=total(counted.cast("int64")),
        requests=total(rows.served),
        seen_first=seconds_of(rows.before_at.min()),
        seen_last=seconds_of(rows.after_at.max()),
    )


def count_holders(narrowed: Narrowed) -> list[HolderCount]:
    every = exposed_workers(narrowed)
    rows = affected_workers(narrowed).join(every, [*RELEASE, "worker"])
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


def find_examples(narrowed: Narrowed, fingerprints: list[str]) -> list[Example]:
    """How the holders are named. The same one may be reached by several paths, and filled from several places."""
    rows = narrowed.suspects
    rows = rows.filter(rows.fingerprint.isin(fingerprints))
    keys = ["service", *Example._fields[1:-1]]
    return narrowed.asked.rows(rows.group_by(keys).aggregate(found=rows.count()), Example)


def count_hosts(narrowed: Narrowed, fingerprints: list[str]) -> dict[tuple[str, str], int]:
    rows = narrowed.suspects
    rows = rows.filter(rows.fingerprint.isin(fingerprints))
    counted = rows.group_by(["service", "fingerprint"]).aggregate(hosts=rows.host.nunique())
    return dict(narrowed.asked.rows(counted, lambda service, name, hosts: ((service, name), hosts)))


def total(column: Any) -> Any:
    """A sum as an integer of 64 bits: some engines widen it."""
    return column.sum().cast("int64")
