"""How fast a measured amount grows, and when it reaches a level, with an interval that believes neither noise nor steps.

What's measured isn't independent from sample to sample: memory comes in steps, is freed in waves, and fills caches first. So
the slope's variance is the larger of two: of a line with autocorrelated noise around it (Newey and West 1987), and of a sum of
increments, whose long-run variance is what such noise doesn't have (a random walk with drift). What is ahead varies as much.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

FEWEST: Final = 4
QUANTILES: Final = (  # of Student's t, 97.5 %, by degrees of freedom from 1 on
    12.71, 4.30, 3.18, 2.78, 2.57, 2.45, 2.36, 2.31, 2.26, 2.23, 2.20, 2.18, 2.16, 2.14, 2.13, 2.12, 2.11, 2.10, 2.09, 2.09,
)  # fmt: skip
NORMAL: Final = 1.96
WARMING: Final = 1.4  # standard errors by which the first half is faster than the second: it's no line yet
CUT: Final = 8  # then this part of the samples goes
LEAST_TO_CUT: Final = 12
LEAST_ERROR: Final = 0.05  # of the slope: no traffic is as even as what little was seen of it
HORIZON: Final = 1000.0  # times what was seen: nothing is said of later

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Interval:
    """From, most likely, and to; `high` is infinite where that isn't known."""

    low: float
    expected: float
    high: float


@dataclass(frozen=True, slots=True)
class Growth:
    """A straight part at the end of a series: bytes per unit of its axis.

    `level` is the line at the last sample, `above` and `below` how far the amount is from it at times, and `wander` the variance
    that each unit adds. `doubt` is how many standard deviations the interval has to each side. `first`: where the part begins.
    """

    slope: float
    error: float
    wander: float
    doubt: float
    level: float
    above: float
    below: float
    span: float
    samples: int
    first: int

    @property
    def rate(self) -> Interval:
        margin = self.doubt * self.error
        return Interval(self.slope - margin, self.slope, self.slope + margin)

    @property
    def is_sure(self) -> bool:
        """Whether it grows at all."""
        return self.rate.low > 0

    def reach(self, level: float) -> Interval:
        """How far ahead of the last sample it gets to a level for the first time. For what is sure to grow."""
        return Interval(
            self._cross(level - self.level - self.above, 1),
            max((level - self.level) / self.slope, 0.0),
            self._cross(level - self.level + self.below, -1),
        )

    def _cross(self, missing: float, side: int) -> float:
        """The least h with slope·h ± doubt·√(wander·h + error²·h²) = missing."""
        if missing <= 0:
            return 0.0
        low, high = 0.0, self.span
        while self._ahead(high, side) < missing:
            low, high = high, 2 * high
            if high > HORIZON * self.span:
                return math.inf
        for _ in range(60):
            middle = (low + high) / 2
            low, high = (middle, high) if self._ahead(middle, side) < missing else (low, middle)
        return high

    def _ahead(self, distance: float, side: int) -> float:
        spread = math.sqrt(self.wander * distance + (self.error * distance) ** 2)
        return self.slope * distance + side * self.doubt * spread


def measure_growth(axis: ArrayLike, amounts: ArrayLike) -> Growth | None:
    """Of the part after the warm-up; None with fewer than `FEWEST` samples of different places on the axis."""
    x, y = np.asarray(axis, np.float64), np.asarray(amounts, np.float64)
    ahead = np.flatnonzero(np.diff(np.maximum.accumulate(x), prepend=-np.inf) > 0)
    x, y = x[ahead], y[ahead]
    if len(x) < FEWEST:
        return None
    first = _find_straight_part(x, y)
    return _fit(x[first:], y[first:], first)


def _find_straight_part(x: Floats, y: Floats) -> int:
    first, step = 0, max(len(x) // CUT, 1)
    while len(x) - first >= LEAST_TO_CUT:
        middle = (len(x) + first) // 2
        early, late = _fit(x[first:middle], y[first:middle]), _fit(x[middle:], y[middle:])
        if early.slope - late.slope <= WARMING * math.hypot(early.error, late.error):
            break
        first += step
    return first


def _fit(x: Floats, y: Floats, first: int = 0) -> Growth:
    count, span = len(x), float(x[-1] - x[0])
    grid = np.linspace(x[0], x[-1], count)
    even = np.interp(grid, x, y)
    centred = grid - grid.mean()
    slope = float(centred @ even / (centred @ centred))
    level = float(even.mean() + slope * centred[-1])
    rest = even - even.mean() - slope * centred
    lags = math.ceil(math.sqrt(count)) - 1 if count >= LEAST_TO_CUT else 1
    line_error = math.sqrt(_long_run_variance(centred * rest, lags) * count) / float(centred @ centred)
    steps = np.diff(even)
    wander = _long_run_variance(steps - steps.mean(), lags) * (count - 1) / span
    freedom = (
        round(1.5 * count / lags) if lags > 1 else count
    ) - 2  # of Bartlett's window, less those of the line
    late = rest[count // 2 :]
    return Growth(
        slope=slope,
        error=max(line_error, math.sqrt(1.2 * wander / span), LEAST_ERROR * abs(slope)),
        wander=wander,
        doubt=QUANTILES[freedom - 1] if freedom <= len(QUANTILES) else NORMAL,
        level=level,
        above=max(float(late.max()), float(steps.max() - steps.mean()), 0.0),
        below=max(-float(late.min()), 0.0),
        span=span,
        samples=count,
        first=first,
    )


def _long_run_variance(values: Floats, lags: int) -> float:
    """Newey and West: the autocovariances up to so many lags, the farther the less."""
    count = len(values)
    total = float(values @ values) / count
    for lag in range(1, min(lags, count - 1) + 1):
        total += 2 * (1 - lag / (lags + 1)) * float(values[lag:] @ values[:-lag]) / count
    return max(total, 0.0)
