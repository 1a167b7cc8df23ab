"""Growth per worker over all its intervals, those included in which nothing was found: what two releases are compared by."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from heapdiff.fleet.engines.asked import Asked
from heapdiff.fleet.judging.margins import Ratio
from heapdiff.fleet.judging.thresholds import KNOWN_REQUESTS, LEAST_INTERVALS
from heapdiff.fleet.questions.counts import affected_workers, exposed_workers
from heapdiff.fleet.questions.narrowing import HOLDER, HOUR_S, RELEASE

if TYPE_CHECKING:
    from ibis import Table


class Traffic(NamedTuple):
    """All workers of a release: hours h and their squares; and requests q of those that count them."""

    service: str
    release: str
    workers: int
    intervals: int
    h: float
    hh: float
    counting: int
    q: float
    qq: float


class Grown(NamedTuple):
    """The workers of a release that showed a holder: what they gained (b), against all that they lived (h); and what those of
    them gained that count requests (c), against all that they served (q)."""

    service: str
    release: str
    fingerprint: str
    workers: int
    b: float
    bb: float
    bh: float
    c: float
    cc: float
    cq: float


def count_traffic(asked: Asked, exposed: Table) -> list[Traffic]:
    """Of the workers that were observed for long enough."""
    rows = _long_enough(exposed)
    counted = rows.group_by(list(RELEASE)).aggregate(
        workers=rows.count(),
        intervals_of_them=rows.intervals.sum().cast("int64"),
        h=rows.h.sum(),
        hh=(rows.h * rows.h).sum(),
        counting_of_them=rows.counting.sum().cast("int64"),
        q=rows.q.sum(),
        qq=(rows.q * rows.q).sum(),
    )
    return asked.rows(counted, Traffic)


def count_grown(asked: Asked, exposed: Table, grown: Table) -> list[Grown]:
    """By holder."""
    rows = affected_workers(grown).join(_long_enough(exposed), [*RELEASE, "worker"])
    b = rows.bytes.cast("float64")
    rows = rows.mutate(b=b, c=b * rows.counting)
    counted = rows.group_by(list(HOLDER)).aggregate(
        workers=rows.count(),
        b=rows.b.sum(),
        bb=(rows.b * rows.b).sum(),
        bh=(rows.b * rows.h).sum(),
        c=rows.c.sum(),
        cc=(rows.c * rows.c).sum(),
        cq=(rows.c * rows.q).sum(),
    )
    return asked.rows(counted, Grown)


def rate_of(traffic: Traffic, grown: Grown | None, by_requests: bool) -> Ratio:
    """Of one holder, over the workers that count requests or over all; of none that showed it, it's 0."""
    if by_requests:
        b, bb, bq = (grown.c, grown.cc, grown.cq) if grown else (0.0, 0.0, 0.0)
        return Ratio(traffic.counting, b, traffic.q, bb, bq, traffic.qq)
    b, bb, bh = (grown.b, grown.bb, grown.bh) if grown else (0.0, 0.0, 0.0)
    return Ratio(traffic.workers, b, traffic.h, bb, bh, traffic.hh)


def _long_enough(exposed: Table) -> Table:
    """With q of 0 where a worker doesn't count."""
    rows = exposed_workers(exposed)
    rows = rows.filter(rows.intervals >= LEAST_INTERVALS)
    rows = rows.mutate(counting=(rows.known >= KNOWN_REQUESTS * rows.intervals).cast("float64"))
    return rows.mutate(
        q=rows.all_requests.cast("float64") * rows.counting, h=rows.all_seconds.cast("float64") / HOUR_S
    ).select(*RELEASE, "worker", "intervals", "q", "h", "counting")
