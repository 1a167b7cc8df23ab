"""One holder's growth from step to step, as it was measured. Judges nothing."""

from __future__ import annotations

from dataclasses import dataclass, replace

from heapdiff.analysis.trends.idle import has_idle_step, join_idle_steps
from heapdiff.analysis.trends.thresholds import EVEN, FEW_PER_REQUEST, SURE_UNITS, WHOLE
from heapdiff.answers import Confidence

__all__ = ["End", "Trend", "describe_gain"]


@dataclass(frozen=True, slots=True)
class Trend:
    """`units` are entries where the holder got longer or took more of its places, else objects, or bytes alone.

    `requests` are those served in each step, or empty if unknown, and `seconds` how long it took; `objects` are all that
    hang on it. `lengths` are its entries in each snapshot, or empty if not known in all, and `kept` says of a holder that
    has no more of them whether they are under the same keys.
    """

    units: tuple[int, ...]
    bytes: tuple[int, ...]
    requests: tuple[int, ...] = ()
    unit: str = "entry"
    objects: tuple[int, ...] = ()
    seconds: tuple[float, ...] = ()
    lengths: tuple[int, ...] = ()
    kept: bool | None = None

    @property
    def by_length(self) -> bool:
        """Whether the holder itself is known to have got longer."""
        return self.unit == "entry" and self.total > 0

    @property
    def total(self) -> int:
        return sum(self.units)

    @property
    def total_bytes(self) -> int:
        return sum(self.bytes)

    @property
    def total_requests(self) -> int:
        return sum(self.requests)

    @property
    def steps(self) -> tuple[int, ...]:
        """What it is judged by: its units, or bytes if it has no more of them."""
        return self.units if self.total > 0 else self.bytes

    @property
    def rates(self) -> tuple[float, ...]:
        """Growth per request in each step; per second where requests are unknown or none came, or else per step."""
        return self.rates_of(self.steps)

    def rates_of(self, amounts: tuple[int, ...]) -> tuple[float, ...]:
        return tuple(amount / work for amount, work in zip(amounts, self.work, strict=True))

    @property
    def work(self) -> tuple[float, ...]:
        """What each step's growth is measured by."""
        if self.total_requests:
            return self.requests
        return self.seconds if self.seconds and min(self.seconds) > 0 else (1.0,) * len(self.units)

    @property
    def readings(self) -> tuple[Trend, ...]:
        """What may drive it: requests, of which an idle step tells nothing, or else time, where a step is idle."""
        if not has_idle_step(self.requests):
            return (self,)
        by_requests = replace(
            self,
            units=join_idle_steps(self.units, self.requests),
            bytes=join_idle_steps(self.bytes, self.requests),
            objects=join_idle_steps(self.objects, self.requests) if self.objects else (),
            requests=join_idle_steps(self.requests, self.requests),
        )
        return by_requests, replace(self, requests=())

    @property
    def telling_steps(self) -> int:
        """Steps that say something about growth: all but idle ones."""
        return len(self.readings[0].units)

    def regular(self, amounts: tuple[int, ...]) -> bool:
        """Whether as good as the same whole number came with every request, in each step."""
        if not amounts or not self.total_requests or min(self.requests) <= 0:
            return False
        whole, most = round(sum(amounts) / self.total_requests), WHOLE if len(amounts) == 1 else EVEN
        return whole >= 1 and all(abs(rate - whole) <= most for rate in self.rates_of(amounts))

    @property
    def few_with_each_request(self) -> bool:
        """Whether the same few came with every request, and by now enough to tell."""
        reading = self.readings[0]
        few = self.total <= (FEW_PER_REQUEST + EVEN) * self.total_requests
        return few and self.total >= SURE_UNITS and reading.regular(reading.units)


@dataclass(frozen=True, slots=True)
class End:
    """Something known that ends a holder's growth, and the most that can be thought of the growth then.

    Where that is LOW, the growth ends and `reason` says why in place of all else; above it there is doubt, which `reason`
    adds to what the growth itself looks like.
    """

    name: str
    reason: str
    most: Confidence = Confidence.LOW


def describe_gain(trend: Trend) -> str:
    """`It gained 2,000 entries in 1,000 requests, 2 in each`."""
    if trend.total <= 0:
        amount = f"It grew by {trend.total_bytes:,} bytes"
    else:
        amount = f"It gained {trend.total:,} {_plural(trend.unit, trend.total)}"
    if not trend.total_requests:
        return amount
    served = f"{amount} in {trend.total_requests:,} request{'s' if trend.total_requests > 1 else ''}"
    rate = trend.total / trend.total_requests
    if trend.total > 0 and rate >= 0.01:
        return (
            f"{served}, {_rate(rate)} in each"
            if rate >= 0.95
            else f"{served}, one in every {_rate(1 / rate)}"
        )
    return served


def _plural(word: str, count: int) -> str:
    if count == 1:
        return word
    return f"{word[:-1]}ies" if word.endswith("y") else f"{word}s"


def _rate(rate: float) -> str:
    return f"{rate:,.0f}" if abs(rate - round(rate)) < 0.05 else f"{rate:,.1f}"
