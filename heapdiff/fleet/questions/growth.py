"""Each worker's resident memory over time, and so how long until it reaches its limit.

Growth is the slope of a least-squares line through its snapshots, without those of its first minutes unless there are no others.
Where the limit is a control group's, the line is through what the whole group takes. A line isn't drawn out much further than
it was seen: an hour's warm-up says nothing of next week.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from heapdiff.fleet.judging.thresholds import LIVE_S
from heapdiff.fleet.questions.counts import affected_workers
from heapdiff.fleet.questions.narrowing import HOUR_S, Narrowed, total

if TYPE_CHECKING:
    from ibis import Table

SETTLED_S: Final = 600
LEAST_POINTS: Final = 3
FORESEEN: Final = 24  # times as long as a worker was observed
UNKNOWN: Final = -1


class _Sums(NamedTuple):
    """Of a line: points, and sums of t, y, t·t, t·y."""

    points: int
    t: float
    y: float
    tt: float
    ty: float

    @property
    def hours(self) -> float:
        """From the first point to the last, if they're evenly spread."""
        return math.sqrt(max(12 * (self.points * self.tt - self.t**2), 0.0)) / max(self.points, 1)

    @property
    def slope(self) -> float | None:
        """Per hour; None for too few points, or all at one time."""
        spread = self.points * self.tt - self.t**2
        if self.points < LEAST_POINTS or spread <= 0:
            return None
        return (self.points * self.ty - self.t * self.y) / spread


@dataclass(frozen=True, slots=True)
class Life:
    """One worker: its latest figures, and what it grows by in an hour. `used_bytes` is what counts against the limit."""

    service: str
    release: str
    worker: str
    host: str
    pod: str
    pid: int
    last: int
    rss_bytes: int
    used_bytes: int
    limit_bytes: int | None
    snapshots: int
    bytes_per_hour: float | None
    used_per_hour: float | None
    observed_hours: float

    @property
    def hours_to_limit(self) -> float | None:
        """None where there's no limit, no growth towards it, or it's further away than that can be foreseen."""
        if self.limit_bytes is None or not self.used_per_hour or self.used_per_hour <= 0:
            return None
        hours = max(self.limit_bytes - self.used_bytes, 0) / self.used_per_hour
        return hours if hours <= FORESEEN * self.observed_hours else None


def lives(narrowed: Narrowed) -> Table:
    """A row for each worker of a release."""
    rows = _points(narrowed)
    return rows.group_by(["service", "release", "worker"]).aggregate(
        host=rows.host.max(),
        pod=rows.pod.max(),
        pid=rows.pid.max(),
        last=rows.at.max(),
        rss=rows.rss_bytes.argmax(rows.latest).cast("int64"),
        used=rows.used.argmax(rows.latest).cast("int64"),
        bound=rows.bound.argmax(rows.latest).cast("int64"),
        **_line("all", rows, rows.one),
        **_line("settled", rows, rows.settled),
    )


def make_life(
    service: str,
    release: str,
    worker: str,
    host: str,
    pod: str,
    pid: int,
    last: int,
    rss: int,
    used: int,
    limit: int,
    *sums: float,
) -> Life:
    """From a row of `lives`."""
    whole, settled = sums[:7], sums[7:]
    chosen = settled if settled[0] >= LEAST_POINTS else whole
    points, t, tt, y, ty, u, tu = chosen
    line, towards = _Sums(int(points), t, y, tt, ty), _Sums(int(points), t, u, tt, tu)
    bound = None if limit <= 0 else limit
    return Life(
        service,
        release,
        worker,
        host,
        pod,
        pid,
        last,
        rss,
        used,
        bound,
        int(whole[0]),
        line.slope,
        towards.slope,
        line.hours,
    )


def find_lives(narrowed: Narrowed, since: int = 0) -> list[Life]:
    """Those seen since a moment."""
    rows = lives(narrowed)
    return narrowed.asked.rows(rows.filter(rows["last"] >= since), make_life)


def find_affected(narrowed: Narrowed, fingerprints: list[str]) -> dict[tuple[str, str], list[Life]]:
    """The running workers that showed each of these holders."""
    affected = affected_workers(narrowed.grown)
    affected = affected.filter(affected.fingerprint.isin(fingerprints))
    pairs = affected.select("service", "release", "worker", "fingerprint")
    rows = lives(narrowed)
    rows = rows.filter(rows["last"] >= narrowed.newest - LIVE_S)
    names = rows.columns
    joined = pairs.join(rows, ["service", "release", "worker"]).select("fingerprint", *names)
    found: dict[tuple[str, str], list[Life]] = {}
    for name, life in narrowed.asked.rows(joined, lambda name, *values: (name, make_life(*values))):
        found.setdefault((life.service, name), []).append(life)
    return found


def _points(narrowed: Narrowed) -> Table:
    rows = narrowed.snapshots
    at = rows.captured_at
    age = (at - rows.started_at).fill_null(SETTLED_S)
    return rows.mutate(
        at=at,
        t=(at - narrowed.newest).cast("float64") / HOUR_S,
        latest=at * 1_000_000 + rows.key.abs() % 1_000_000,
        used=rows.group_bytes.fill_null(rows.rss_bytes),
        bound=rows.limit_bytes.fill_null(UNKNOWN),
        one=(age >= age).cast("float64"),
        settled=(age >= SETTLED_S).cast("float64"),
    )


def _line(name: str, rows: Any, weight: Any) -> dict[str, Any]:
    """The sums of a line through the rows of weight 1."""
    t, y, u = rows.t * weight, rows.rss_bytes.cast("float64"), rows.used.cast("float64")
    return {
        f"{name}_points": total(weight.cast("int64")),
        f"{name}_t": t.sum(),
        f"{name}_tt": (t * rows.t).sum(),
        f"{name}_y": (y * weight).sum(),
        f"{name}_ty": (y * t).sum(),
        f"{name}_u": (u * weight).sum(),
        f"{name}_tu": (u * t).sum(),
    }
