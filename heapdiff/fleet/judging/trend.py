"""How the rate of growth changes with a worker's age: it goes on, stops, falls, or there is too little to say.

The latest bands of age are compared with those before them, per request where requests are known, else per second. Bands are
doublings of age, so that a leak's rate is a level line, and a cache's falls by a factor from each to the next.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import Enum
from typing import Final

from heapdiff.fleet.judging.evidence import Band, Evidence
from heapdiff.fleet.judging.thresholds import (
    AGE_EDGES_S,
    LATE_SHARE,
    LEAST_EXPECTED,
    SCATTER,
    STEADY,
    STOPPED,
    SURELY_FALLING,
    TOO_YOUNG_S,
    WARM_UP_S,
)

MID_BANDS: Final = 2
MOST_BYTES_BY: Final = 0.95
ONE_SIDED: Final = 1.645
KNOWN: Final = 0.9


class Course(Enum):
    """What the rate does in the later part of workers' lives."""

    GOES_ON = "goes on"
    STOPS = "stops"
    FALLS = "falls"
    UNCLEAR = "unclear"


@dataclass(frozen=True, slots=True)
class Trend:
    """`kept`: the share of its rate that growth keeps per doubling of age, None where there's one age only. `until_s`: by
    which age nearly all of it had happened. `from_s`: where the later part begins."""

    course: Course
    kept: float | None
    until_s: int
    from_s: int
    firm: bool = False  # whether it's steady even at the lower end of its margin


def find_trend(evidence: Evidence) -> Trend:
    """From the bands whose age is known."""
    late_from = _later_part(evidence)
    late, before = _sum(evidence, late_from), _sum(evidence, 0, late_from)
    mid_from = _first_exposed(evidence, max(0, late_from - MID_BANDS), late_from)
    mid = _sum(evidence, mid_from, late_from)
    by_requests = _knows_requests(evidence)
    until, begins = _until(evidence), _begins(late_from)
    if not before.exposure.intervals:
        return Trend(Course.GOES_ON if begins >= WARM_UP_S else Course.UNCLEAR, None, until, begins)
    if _has_stopped(late, before, by_requests):
        return Trend(Course.STOPS, 0.0, until, begins)
    if not mid.found or not late.found:
        quiet_before = late.found and not mid.found and not before.found
        return Trend(Course.GOES_ON if quiet_before else Course.UNCLEAR, None, until, begins)
    apart = _middle(evidence, late_from, len(evidence.bands)) - _middle(evidence, mid_from, late_from)
    step = math.log(_rate(late, by_requests) / _rate(mid, by_requests)) / max(apart, 0.5)
    margin = ONE_SIDED * math.sqrt(SCATTER / late.found + SCATTER / mid.found) / max(apart, 0.5)
    kept, least, most = math.exp(step), math.exp(step - margin), math.exp(step + margin)
    if kept >= STEADY and begins < TOO_YOUNG_S:
        return Trend(Course.UNCLEAR, kept, until, begins)
    if kept >= STEADY:
        return Trend(Course.GOES_ON, kept, until, begins, firm=least >= STEADY)
    falls = most < SURELY_FALLING
    return Trend(Course.FALLS if falls else Course.UNCLEAR, kept, until, begins)


def _later_part(evidence: Evidence) -> int:
    """The first band of the later part of life."""
    whole = sum(band.exposure.intervals for band in evidence.bands)
    seen = 0
    for number in range(len(evidence.bands) - 1, -1, -1):
        seen += evidence.bands[number].exposure.intervals
        if seen and seen >= LATE_SHARE * whole:
            return number
    return 0


def _first_exposed(evidence: Evidence, start: int, end: int) -> int:
    """Where the bands before the later part begin, further back where those right before it were never looked at."""
    while start and not _sum(evidence, start, end).exposure.intervals:
        start -= 1
    return start


def _has_stopped(late: Band, before: Band, by_requests: bool) -> bool:
    """Whether growth was due and isn't there: neither as often nor as much."""
    rate = _rate(before, by_requests)
    due = before.found * _traffic(late, by_requests) / max(_traffic(before, by_requests), 1)
    if due < LEAST_EXPECTED or not rate:
        return False
    rarer = late.found / late.exposure.intervals < 0.25 * before.found / before.exposure.intervals
    return rarer and _rate(late, by_requests) < STOPPED * rate


def _knows_requests(evidence: Evidence) -> bool:
    exposure = evidence.exposure
    return exposure.requests > 0 and exposure.with_requests >= KNOWN * exposure.intervals


def _traffic(band: Band, by_requests: bool) -> int:
    return band.exposure.requests if by_requests else band.exposure.seconds


def _rate(band: Band, by_requests: bool) -> float:
    return max(band.bytes, 1) / max(_traffic(band, by_requests), 1) if band.found else 0.0


def _sum(evidence: Evidence, start: int, end: int | None = None) -> Band:
    return sum(evidence.bands[start:end], Band())


def _middle(evidence: Evidence, start: int, end: int) -> float:
    """The mean number of the bands, weighted by intervals: its unit is a doubling."""
    weights = [(number, evidence.bands[number].exposure.intervals) for number in range(start, end)]
    return sum(number * weight for number, weight in weights) / max(sum(weight for _, weight in weights), 1)


def _until(evidence: Evidence) -> int:
    whole, seen = sum(band.bytes for band in evidence.bands), 0
    for number, band in enumerate(evidence.bands):
        seen += band.bytes
        if seen >= MOST_BYTES_BY * whole:
            return AGE_EDGES_S[min(number, len(AGE_EDGES_S) - 1)]
    return AGE_EDGES_S[-1]


def _begins(band: int) -> int:
    return AGE_EDGES_S[band - 1] if band else 0
