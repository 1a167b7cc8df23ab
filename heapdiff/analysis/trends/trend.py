"""One holder's growth from step to step as it was measured, and what counts as much or even. Judges nothing.

All thresholds of the judgement are here, but for those of `idle`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import sqrt
from typing import Final

from heapdiff.analysis.trends.idle import find_idle_steps, join_idle_steps


@dataclass(frozen=True, slots=True)
class Amount:
    units: int
    bytes: int


LISTED: Final = Amount(20, 16 << 10)  # below both: noise of any process
FEW: Final = 5  # entries of the application's own containers, below which they are noise
SURE: Final = Amount(100, 64 << 10)
MANY: Final = Amount(1000, 1 << 20)  # much at any rate
EVEN: Final = 0.1  # how far a rate may be from another, or from a whole number of entries per request
WHOLE: Final = 0.02  # the same where a single step is all there is to judge by
SLOWING: Final = 0.6  # the last step's rate against the first's: it ends
CHANCE: Final = 2  # standard deviations of what comes at random, by which a step may fall behind
TIMELY: Final = 30  # seconds: how long a shorter step takes depends on what is measured itself


@dataclass(frozen=True, slots=True)
class Trend:
    """`units` are entries where the holder got longer or took more of its places, else objects, or bytes alone.

    `requests` are those served in each step, or empty if unknown, and `seconds` how long it took; `objects` are all that
    hang on it, and `clump` is how many units come at a time. `lengths` are its entries in each snapshot, or empty if not
    known in all, and `kept` says of a holder that has no more of them whether they are under the same keys.
    """

    units: tuple[int, ...]
    bytes: tuple[int, ...]
    requests: tuple[int, ...] = ()
    unit: str = "entry"
    objects: tuple[int, ...] = ()
    seconds: tuple[float, ...] = ()
    lengths: tuple[int, ...] = ()
    kept: bool | None = None
    clump: int = 1

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
    def by_length(self) -> bool:
        """Whether the holder itself is known to have got longer."""
        return self.unit == "entry" and self.total > 0

    def reaches(self, amount: Amount) -> bool:
        return self.total >= amount.units or self.total_bytes >= amount.bytes

    @property
    def steps(self) -> tuple[int, ...]:
        """What it is judged by: its units, or bytes if it has no more of them."""
        return self.units if self.total > 0 else self.bytes

    @property
    def work(self) -> tuple[float, ...]:
        """What each step's growth is measured by: requests; time where they are unknown or none came; or else itself."""
        if self.total_requests:
            return self.requests
        return self.seconds if min(self.seconds, default=0) >= TIMELY else (1.0,) * len(self.units)

    def rates(self, amounts: tuple[int, ...]) -> tuple[float, ...]:
        return tuple(amount / work for amount, work in zip(amounts, self.work, strict=True))

    @property
    def readings(self) -> tuple[Trend, ...]:
        """What may drive it: requests, of which an idle step tells nothing, or else time.

        Time is a second reading where a step is idle, or where as much comes in each minute, whatever the requests.
        """
        by_time = replace(self, requests=())
        idle = find_idle_steps(self.requests, self._spread_events())
        if not any(idle):
            timely = self.total_requests and min(self.seconds, default=0) >= TIMELY
            return (self, by_time) if timely and by_time.even(by_time.steps) else (self,)
        units, bytes_, objects, requests = (
            join_idle_steps(amounts, idle)
            for amounts in (self.units, self.bytes, self.objects, self.requests)
        )
        by_requests = replace(self, units=units, bytes=bytes_, objects=objects, requests=requests)
        return by_requests, by_time

    def _spread_events(self) -> Sequence[float]:
        """How often growth would have come in each step; empty where what grew is no number of things."""
        if self.total <= 0 or not self.total_requests:
            return ()
        return _spread(self.total / self.clump, self.requests)

    def even(self, amounts: tuple[int, ...], chance: float = 0.0) -> bool:
        """Whether several steps show as much for the same work: to a tenth, to one entry, or to so many standard deviations."""
        expected = _spread(sum(amounts), self.work)
        least = 1 if self.total > 0 else 0
        return len(amounts) > 1 and all(
            abs(amount - each) <= max(EVEN * each, least, chance * sqrt(max(0.0, self.clump * each)))
            for amount, each in zip(amounts, expected, strict=True)
        )

    @property
    def goes_with_time(self) -> bool:
        """Whether steps without requests, too short to be measured by time, still show as much in each second, to a tenth."""
        if self.total_requests or not 0 < min(self.seconds, default=0) < TIMELY:
            return False
        expected = _spread(sum(self.steps), self.seconds)
        return all(
            abs(amount - each) <= EVEN * each for amount, each in zip(self.steps, expected, strict=True)
        )

    @property
    def falls(self) -> bool:
        """Whether the last step's rate is below the first's, by more than chance where single entries count."""
        first, *_, last = self.rates(self.steps)
        by_chance = (
            CHANCE * sqrt(max(0.0, self.clump * (first + last)) / self.work[-1]) if self.total > 0 else 0.0
        )
        return last < (1 - EVEN) * first and first - last > by_chance

    def regular(self, amounts: tuple[int, ...]) -> bool:
        """Whether as good as the same whole number came with every request, in each step."""
        if not amounts or not self.total_requests or min(self.requests) <= 0:
            return False
        whole, most = round(sum(amounts) / self.total_requests), WHOLE if len(amounts) == 1 else EVEN
        return whole >= 1 and all(abs(rate - whole) <= most for rate in self.rates(amounts))

    @property
    def follows_requests(self) -> bool:
        """In one step: whether the same whole number came with each request, or one with every second, third, …"""
        rate = self.total / self.total_requests if self.total_requests else 0.0
        each = self.total >= SURE.units and 2 * self.total_requests >= SURE.units and self.regular(self.units)
        few = (
            self.total >= 2 * SURE.units
            and rate >= (1 - EVEN) / 2
            and abs(1 / rate - round(1 / rate)) < WHOLE
        )
        return len(self.units) == 1 and (each or few)

    @property
    def gained(self) -> str:
        """`It gained 2,000 entries in 1,000 requests, 2 per request`."""
        if self.total <= 0:
            amount = f"It grew by {self.total_bytes:,} bytes"
        else:
            amount = f"It gained {self.total:,} {_plural(self.unit, self.total)}"
        if not self.total_requests:
            minutes = sum(self.seconds) / 60
            return (
                f"{amount} in {_rate(minutes)} {_plural('minute', round(minutes))}"
                if minutes >= 1
                else amount
            )
        served = f"{amount} in {self.total_requests:,} {_plural('request', self.total_requests)}"
        rate = self.total / self.total_requests
        if self.total <= 0 or rate < 0.01:
            return served
        return (
            f"{served}, {_rate(rate)} per request"
            if rate >= 0.95
            else f"{served}, one per {_rate(1 / rate)} requests"
        )


def _spread(total: float, work: tuple[float, ...]) -> list[float]:
    """What each step would show if all work came to the same."""
    rate = total / sum(work)
    return [rate * each for each in work]


def _plural(word: str, count: int) -> str:
    if count == 1:
        return word
    return f"{word[:-1]}ies" if word.endswith("y") else f"{word}s"


def _rate(rate: float) -> str:
    whole = "one" if round(rate) == 1 else f"{rate:,.0f}"
    return whole if abs(rate - round(rate)) < 0.05 else f"{rate:,.1f}"
