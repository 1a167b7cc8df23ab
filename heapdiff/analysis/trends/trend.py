"""One holder's growth from step to step as it was measured, and what counts as much or even. Judges nothing.

All thresholds of the judgement are here.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

from heapdiff.analysis.trends.idle import has_idle_step, join_idle_steps


@dataclass(frozen=True, slots=True)
class Amount:
    units: int
    bytes: int


LISTED: Final = Amount(20, 16 << 10)  # below both: noise of any process
SURE: Final = Amount(100, 64 << 10)
MANY: Final = Amount(1000, 1 << 20)  # much at any rate
EVEN: Final = 0.1  # how far a rate may be from another, or from a whole number of entries per request
WHOLE: Final = 0.02  # the same where a single step is all there is to judge by
SLOWING: Final = 0.6  # the last step's rate against the first's: it ends
CHANCE: Final = 2  # standard deviations of what comes at random, by which a step may fall behind


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
        """What each step's growth is measured by: requests; seconds where they are unknown or none came; or else itself."""
        if self.total_requests:
            return self.requests
        return self.seconds if self.seconds and min(self.seconds) > 0 else (1.0,) * len(self.units)

    def rates(self, amounts: tuple[int, ...]) -> tuple[float, ...]:
        return tuple(amount / work for amount, work in zip(amounts, self.work, strict=True))

    @property
    def readings(self) -> tuple[Trend, ...]:
        """What may drive it: requests, of which an idle step tells nothing, or else time, where a step is idle."""
        if not has_idle_step(self.requests):
            return (self,)
        units, bytes_, objects, requests = (
            join_idle_steps(amounts, self.requests)
            for amounts in (self.units, self.bytes, self.objects, self.requests)
        )
        by_requests = replace(self, units=units, bytes=bytes_, objects=objects, requests=requests)
        return by_requests, replace(self, requests=())

    def regular(self, amounts: tuple[int, ...]) -> bool:
        """Whether as good as the same whole number came with every request, in each step."""
        if not amounts or not self.total_requests or min(self.requests) <= 0:
            return False
        whole, most = round(sum(amounts) / self.total_requests), WHOLE if len(amounts) == 1 else EVEN
        return whole >= 1 and all(abs(rate - whole) <= most for rate in self.rates(amounts))

    @property
    def gained(self) -> str:
        """`It gained 2,000 entries in 1,000 requests, 2 in each`."""
        if self.total <= 0:
            amount = f"It grew by {self.total_bytes:,} bytes"
        else:
            amount = f"It gained {self.total:,} {_plural(self.unit, self.total)}"
        if not self.total_requests:
            return amount
        served = f"{amount} in {self.total_requests:,} {_plural('request', self.total_requests)}"
        rate = self.total / self.total_requests
        if self.total <= 0 or rate < 0.01:
            return served
        return (
            f"{served}, {_rate(rate)} in each"
            if rate >= 0.95
            else f"{served}, one in every {_rate(1 / rate)}"
        )


def _plural(word: str, count: int) -> str:
    if count == 1:
        return word
    return f"{word[:-1]}ies" if word.endswith("y") else f"{word}s"


def _rate(rate: float) -> str:
    return f"{rate:,.0f}" if abs(rate - round(rate)) < 0.05 else f"{rate:,.1f}"
