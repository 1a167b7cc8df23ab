"""Growth per worker over all its intervals, those included in which nothing was found: what two releases are compared by."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from heapdiff.fleet.judging.margins import Ratio
from heapdiff.fleet.judging.thresholds import KNOWN_REQUESTS, LEAST_INTERVALS
from heapdiff.fleet.questions.counts import HOLDER, RELEASE, affected_workers, exposed_workers
from heapdiff.fleet.questions.narrowing import HOUR_S, Narrowed

if TYPE_CHECKING:
    from ibis import Table


class Traffic(NamedTuple):
    """All workers of a release: requests q and hours h, and their squares."""

    service: str
    release: str
    workers: int
    intervals: int
    q: float
    qq: float
    h: float
    hh: float


class Grown(NamedTuple):
    """The workers of a release that showed a holder: what they gained (b), against all that they served (q) and lived (h)."""

    service: str
    release: str
    fingerprint: str
    workers: int
    b: float
    bb: float
    bq: float
    bh: float


def count_traffic(narrowed: Narrowed, by_requests: bool) -> list[Traffic]:
    """Of the workers that were observed for long enough, and that counted their requests if rates are by these."""
    rows = _long_enough(narrowed, by_requests)
    counted = rows.group_by(list(RELEASE)).aggregate(
        workers=rows.count(),
        intervals_of_them=rows.intervals.sum().cast("int64"),
        q=rows.q.sum(),
        qq=(rows.q * rows.q).sum(),
        h=rows.h.sum(),
        hh=(rows.h * rows.h).sum(),
    )
    return narrowed.asked.rows(counted, Traffic)


def count_grown(narrowed: Narrowed, by_requests: bool) -> list[Grown]:
    """By holder, of the same workers."""
    rows = affected_workers(narrowed).join(_long_enough(narrowed, by_requests), [*RELEASE, "worker"])
    rows = rows.mutate(b=rows.bytes.cast("float64"))
    counted = rows.group_by(list(HOLDER)).aggregate(
        workers=rows.count(),
        b=rows.b.sum(),
        bb=(rows.b * rows.b).sum(),
        bq=(rows.b * rows.q).sum(),
        bh=(rows.b * rows.h).sum(),
    )
    return narrowed.asked.rows(counted, Grown)


def rate_of(traffic: Traffic, grown: Grown | None, by_requests: bool) -> Ratio:
    """Of one holder over all workers of a release; of none that showed it, it's 0."""
    q, qq = (traffic.q, traffic.qq) if by_requests else (traffic.h, traffic.hh)
    if grown is None:
        return Ratio(traffic.workers, 0.0, q, 0.0, 0.0, qq)
    return Ratio(traffic.workers, grown.b, q, grown.bb, grown.bq if by_requests else grown.bh, qq)


def _long_enough(narrowed: Narrowed, by_requests: bool) -> Table:
    rows = exposed_workers(narrowed)
    rows = rows.filter(rows.intervals >= LEAST_INTERVALS)
    if by_requests:
        rows = rows.filter(rows.known >= KNOWN_REQUESTS * rows.intervals)
    return rows.mutate(
        q=rows.all_requests.cast("float64"), h=rows.all_seconds.cast("float64") / HOUR_S
    ).select(*RELEASE, "worker", "intervals", "q", "h")
