"""What was seen of one holder, and how much there was to see: the counts that a judgement is made of."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from heapdiff.fleet.judging.margins import Ratio
from heapdiff.fleet.judging.thresholds import AGE_EDGES_S

BANDS = len(AGE_EDGES_S) + 1
UNKNOWN_AGE = -1


@dataclass(frozen=True, slots=True)
class Exposure:
    """Intervals that were looked at, whatever was found in them, and what happened in them."""

    intervals: int = 0
    seconds: int = 0
    requests: int = 0
    with_requests: int = 0  # intervals of which the requests are known

    def __add__(self, other: Exposure) -> Exposure:
        return Exposure(
            self.intervals + other.intervals,
            self.seconds + other.seconds,
            self.requests + other.requests,
            self.with_requests + other.with_requests,
        )


@dataclass(frozen=True, slots=True)
class Band:
    """One band of ages: how many of the intervals at that age showed growth, and by how much."""

    found: int = 0
    bytes: int = 0
    exposure: Exposure = Exposure()

    def __add__(self, other: Band) -> Band:
        return Band(self.found + other.found, self.bytes + other.bytes, self.exposure + other.exposure)


@dataclass(frozen=True, slots=True)
class Evidence:
    """What some releases of a service show of one holder.

    `bands` by age, the unknown age apart; `affected` are the workers that showed it, `affected_intervals` all intervals of those.
    `sure` and `doubted` are intervals in which `compare` had high and low confidence. `afterwards` is what all Python objects of
    those workers gained in the next interval for each byte that the holder gained; None where nobody looked.
    """

    bands: tuple[Band, ...]
    ageless: Band
    affected: int
    affected_intervals: int
    sure: int
    doubted: int
    afterwards: Ratio | None = None

    @property
    def found(self) -> int:
        return sum(band.found for band in self.bands) + self.ageless.found

    @property
    def exposure(self) -> Exposure:
        return sum((band.exposure for band in self.bands), self.ageless.exposure)

    def __add__(self, other: Evidence) -> Evidence:
        return replace(
            self,
            bands=tuple(one + two for one, two in zip(self.bands, other.bands, strict=True)),
            ageless=self.ageless + other.ageless,
            affected=self.affected + other.affected,
            affected_intervals=self.affected_intervals + other.affected_intervals,
            sure=self.sure + other.sure,
            doubted=self.doubted + other.doubted,
            afterwards=self.afterwards or other.afterwards,
        )


NOTHING = Evidence((Band(),) * BANDS, Band(), 0, 0, 0, 0)


def pool(several: Iterable[Evidence]) -> Evidence:
    return sum(several, NOTHING)
