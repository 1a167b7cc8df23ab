"""Rates over workers with their margins. Each worker is one observation, however many intervals it was seen in.

The rate of bytes b over traffic q is the ratio of sums; its variance that of a ratio estimator (Cochran, Sampling Techniques,
3rd ed., 6.4), from five sums, so that an engine can add them up in one pass.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

MOST_STEPS = 300
TINY = 1e-300
ROUNDING = 1e-10  # of sums of squares: what is less comes of the order in which an engine adds up


@dataclass(frozen=True, slots=True)
class Ratio:
    """Sums over `workers`: of b, q, b·b, b·q and q·q. Traffic is requests, or hours."""

    workers: int
    b: float
    q: float
    bb: float
    bq: float
    qq: float

    @property
    def rate(self) -> float:
        return self.b / self.q if self.q > 0 else 0.0

    @property
    def variance(self) -> float:
        """Of the rate. Infinite for a single worker: nothing says how much another would differ."""
        if self.workers < 2 or self.q <= 0:
            return math.inf
        squares = self.bb - 2 * self.rate * self.bq + self.rate**2 * self.qq
        if squares <= ROUNDING * self.bb:
            return 0.0
        return squares * self.workers / (self.workers - 1) / self.q**2

    @property
    def margin(self) -> float | None:
        """Half the width of the 95 % confidence interval; None where one worker is all there is."""
        if self.workers < 2 or self.q <= 0:
            return None
        return student_quantile(0.975, self.workers - 1) * math.sqrt(self.variance)

    def with_one_like(self, other: Ratio) -> Ratio:
        """And one imagined worker of average traffic that behaves as the other ratio says.

        Few workers that happen to agree have no variance at all. One imagined worker widens the margin of three a lot and that
        of a hundred hardly (as in Agresti and Coull's interval, where the observations added are of the other kind).
        """
        q = self.q / self.workers if self.workers else 0.0
        b = other.rate * q
        return Ratio(
            self.workers + 1, self.b + b, self.q + q, self.bb + b * b, self.bq + b * q, self.qq + q * q
        )


def chance_of_more(before: Ratio, after: Ratio) -> float:
    """One-sided p of Welch's test that the second rate is higher than the first, each with one worker like the other."""
    first, second = before.with_one_like(after), after.with_one_like(before)
    spread = first.variance + second.variance
    if not math.isfinite(spread) or second.rate <= first.rate:
        return 1.0
    if spread <= 0:
        return 0.0
    freedom = spread**2 / (
        first.variance**2 / (first.workers - 1) + second.variance**2 / (second.workers - 1)
    )
    return student_tail((second.rate - first.rate) / math.sqrt(spread), freedom)


def holm(chances: dict[str, float], family: float) -> set[str]:
    """Which of several tests are significant so that all together err no more often than `family` (Holm 1979)."""
    passed: set[str] = set()
    for number, (name, chance) in enumerate(sorted(chances.items(), key=lambda item: (item[1], item[0]))):
        if chance > family / (len(chances) - number):
            break
        passed.add(name)
    return passed


def student_tail(t: float, freedom: float) -> float:
    """P(T > t) of Student's distribution, for t ≥ 0."""
    return 0.5 * _incomplete_beta(freedom / 2, 0.5, freedom / (freedom + t * t))


def student_quantile(share: float, freedom: float) -> float:
    """The t that T stays below with probability `share`, which is above a half. By bisection."""
    low, high = 0.0, 1.0
    while student_tail(high, freedom) > 1 - share:
        high *= 2
    for _ in range(60):
        middle = (low + high) / 2
        if student_tail(middle, freedom) > 1 - share:
            low = middle
        else:
            high = middle
    return (low + high) / 2


def _incomplete_beta(a: float, b: float, x: float) -> float:
    """Regularised. Continued fraction by Lentz's method (Numerical Recipes, 3rd ed., 6.4)."""
    if x <= 0 or x >= 1:
        return float(x >= 1)
    front = math.exp(
        math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b) + a * math.log(x) + b * math.log1p(-x)
    )
    if x < (a + 1) / (a + b + 2):
        return front * _fraction(a, b, x) / a
    return 1 - front * _fraction(b, a, 1 - x) / b


def _fraction(a: float, b: float, x: float) -> float:
    c, d = 1.0, 1 / _nonzero(1 - (a + b) * x / (a + 1))
    found = d
    for step in range(1, MOST_STEPS):
        for numerator in (
            step * (b - step) * x / ((a + 2 * step - 1) * (a + 2 * step)),
            -(a + step) * (a + b + step) * x / ((a + 2 * step) * (a + 2 * step + 1)),
        ):
            d = 1 / _nonzero(1 + numerator * d)
            c = _nonzero(1 + numerator / c)
            found *= c * d
        if abs(c * d - 1) < 1e-15:
            break
    return found


def _nonzero(value: float) -> float:
    return value if abs(value) > TINY else TINY
