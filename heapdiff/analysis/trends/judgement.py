"""Is it a leak? Judges one holder's growth over the snapshots, and says why in a sentence.

Thresholds in one place.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import sqrt
from typing import Final

from heapdiff.analysis.trends.idle import has_idle_step, join_idle_steps
from heapdiff.answers import Confidence

__all__ = ["FAR_BYTES", "ORDER", "SURE_BYTES", "SURE_UNITS", "Judgement", "Trend", "judge", "worth_listing"]

ORDER: Final = {Confidence.HIGH: 0, Confidence.MEDIUM: 1, Confidence.LOW: 2}

LISTED_UNITS: Final = 20  # below both: noise of any process
LISTED_BYTES: Final = 16 << 10
SURE_UNITS: Final = 100
SURE_BYTES: Final = 64 << 10
MANY_BYTES: Final = 1 << 20
MANY_UNITS: Final = 1000
STEADY_STEPS_UNITS: Final = 40  # enough when it grew by that in all of at least two steps
FAR_BYTES: Final = 1 << 30  # a bound that only so much memory would reach is none for any worker
FEW_UNITS: Final = 10  # fewer may come by chance in every step
PER_REQUEST: Final = 0.9
PER_FEW_REQUESTS: Final = 0.45
ENOUGH_REQUESTS: Final = 50
REGULAR: Final = 0.1  # how far the rates of several steps may be from a whole number of entries per request
WHOLE: Final = 0.02  # how far a single step's may be from a whole number, or from one of requests per entry
FEW_PER_REQUEST: Final = 3  # no more come of one module or class made for a request
SLOWING: Final = 0.6  # the last step's rate against the first's: it ends
STEADY: Final = 0.9  # the same: it goes on as before
CHANCE: Final = 2  # standard deviations of what comes at random, by which a step may fall behind


@dataclass(frozen=True, slots=True)
class Trend:
    """A holder's growth from step to step; `units` are entries where it has a length, else objects.

    `requests` are those served in each step, or empty if unknown, and `seconds` how long it took; `objects`
    are all that hang on it.
    `bounded` holders stop by themselves, at `most` entries where that is known, a `table` fills as code
    comes, and `imports` are what a new module brings. What is `refilled` holds larger entries in the same
    number of places; they are `replaced` if their keys are others, too, and go into empty `places` where the
    holder had those. A bound that takes more `room` than the process has is none, and one that is
    only `claimed`, by the name of a number beside the holder, may be one.
    """

    units: tuple[int, ...]
    bytes: tuple[int, ...]
    requests: tuple[int, ...] = ()
    unit: str = "entry"
    bounded: bool = False
    most: int | None = None
    imports: bool = False
    table: bool = False
    refilled: bool = False
    replaced: bool = False
    places: int | None = None
    objects: tuple[int, ...] = ()
    room: int = FAR_BYTES
    claimed: bool = False
    seconds: tuple[float, ...] = ()

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
    def rates(self) -> tuple[float, ...]:
        """Growth per request in each step; per second where requests are unknown or none came, or else per step."""
        return self.rates_of(self.units if self.total > 0 else self.bytes)

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
    def regular(self) -> bool:
        """Whether it grew by the same small whole number with every request, in each step."""
        rates = [amount / served for amount, served in zip(self.units, self.requests, strict=False) if served]
        whole = round(self.total / self.total_requests) if self.total_requests else 0
        most = WHOLE if len(rates) == 1 else REGULAR
        return (
            1 <= whole <= FEW_PER_REQUEST
            and self.total >= SURE_UNITS
            and len(rates) == len(self.units)
            and all(abs(rate - whole) <= most for rate in rates)
        )


@dataclass(frozen=True, slots=True)
class Judgement:
    confidence: Confidence
    reason: str


def worth_listing(trend: Trend) -> bool:
    return trend.total_bytes > 0 and (trend.total >= LISTED_UNITS or trend.total_bytes >= LISTED_BYTES)


def judge(trend: Trend) -> Judgement:
    """The confidence that this goes on for ever, with its reason: that of the reading that is surest."""
    return min(map(_judge, trend.readings), key=lambda judgement: ORDER[judgement.confidence])


def _judge(trend: Trend) -> Judgement:
    gained = describe_gain(trend)
    if trend.imports and not (trend.table and trend.regular):
        return Judgement(Confidence.LOW, f"{gained}, with modules that were imported in between.")
    if trend.bounded:
        return Judgement(Confidence.LOW, f"{gained}, but holders of this kind stop growing by themselves.")
    if trend.most is not None:
        return _judge_bounded(trend, trend.most, gained)
    if trend.table and not trend.regular:
        return Judgement(Confidence.LOW, f"{gained}: such a table fills as modules and classes come.")
    if trend.table and len(trend.units) == 1:
        return Judgement(
            Confidence.MEDIUM,
            f"{gained}: such a table fills as modules and classes come, but hardly with each request.",
        )
    return _judge_places(trend, gained) or _judge_growth(trend, gained)


def _judge_places(trend: Trend, gained: str) -> Judgement | None:
    """What has no more places than before may just fill or change those it has."""
    if trend.places is not None:
        return Judgement(
            Confidence.LOW,
            f"{gained}, in places that were empty: it stops when all {trend.places:,} are taken.",
        )
    if trend.replaced:
        return Judgement(
            Confidence.LOW, f"{gained}, but has no more entries: larger ones took the place of others."
        )
    if trend.refilled and len(trend.units) == 1:
        return Judgement(
            Confidence.LOW,
            f"{gained}, but no entries: it may be filling its places. A third snapshot would tell.",
        )
    return None


def _judge_growth(trend: Trend, gained: str) -> Judgement:
    return _judge_once(trend, gained) if len(trend.units) == 1 else _judge_steps(trend, gained)


def _judge_bounded(trend: Trend, most: int, gained: str) -> Judgement:
    """A full cache is no leak, but a bound that memory does not reach is hardly one."""
    full = trend.total_bytes / trend.total * most if trend.total > 0 else 0
    if full < trend.room:
        return Judgement(
            Confidence.LOW, f"{gained}; it may hold {most:,} and stops there: it is a cache that fills."
        )
    judged = _judge_growth(trend, gained)
    far = f"It may hold {most:,} entries, which would be {full / 1e9:,.1f} GB."
    return Judgement(
        Confidence.MEDIUM if judged.confidence is Confidence.HIGH else judged.confidence,
        f"{judged.reason} {far}",
    )


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


def _judge_once(trend: Trend, gained: str) -> Judgement:
    judged = _judge_rate(trend, gained)
    if judged.confidence is not Confidence.HIGH or not trend.claimed:
        return judged
    return Judgement(
        Confidence.MEDIUM,
        f"{gained}, and kept them, but a bound stands beside it: it may be a cache that still fills.",
    )


def _judge_rate(trend: Trend, gained: str) -> Judgement:
    served = trend.total_requests
    rate = trend.total / served if served else 0.0
    if trend.total >= SURE_UNITS and served >= ENOUGH_REQUESTS and rate >= PER_REQUEST:
        return Judgement(Confidence.HIGH, f"{gained}, and kept them.")
    if trend.total >= 2 * SURE_UNITS and rate >= PER_FEW_REQUESTS and abs(1 / rate - round(1 / rate)) < WHOLE:
        return Judgement(Confidence.HIGH, f"{gained}, and kept them.")
    if trend.unit == "byte" and trend.total_bytes >= SURE_BYTES:
        return Judgement(Confidence.MEDIUM, f"{gained}. One step does not tell whether it goes on.")
    large = trend.total >= SURE_UNITS and (rate >= PER_FEW_REQUESTS or not served)
    if large or trend.total >= MANY_UNITS or trend.total_bytes >= MANY_BYTES:
        return Judgement(Confidence.MEDIUM, f"{gained}. One step does not tell whether it goes on.")
    return Judgement(Confidence.LOW, f"{gained}: too little to tell from what every process does.")


def _judge_steps(trend: Trend, gained: str) -> Judgement:
    steps = trend.units if trend.total > 0 else trend.bytes
    rates = trend.rates
    if steps[-1] <= 0:
        return Judgement(Confidence.LOW, f"{gained}, but no more in the last step: it filled up and stopped.")
    if any(step <= 0 for step in steps):
        return Judgement(Confidence.LOW, f"{gained}, but not in every step: it comes and goes.")
    if rates[-1] < SLOWING * rates[0]:
        return Judgement(
            Confidence.LOW, f"{gained}, ever more slowly: it looks like a cache that fills or a warm-up."
        )
    often = f"{gained}, at every one of {len(steps)} steps"
    if _falls_behind(trend):
        most = Confidence.MEDIUM if _is_much(trend) is not Confidence.LOW else Confidence.LOW
        return Judgement(most, f"{often}, but more slowly in the last.")
    confidence = _is_much(trend)
    steady = f"{often} and without slowing down"
    return Judgement(
        confidence, f"{steady}, but by little." if confidence is Confidence.LOW else f"{steady}."
    )


def _falls_behind(trend: Trend) -> bool:
    """Whether the last step's rate is below the first's by more than chance."""
    first, last = trend.rates[0], trend.rates[-1]
    if last >= STEADY * first or trend.total <= 0:
        return False
    missing = (first - last) * trend.work[-1]
    return missing > CHANCE * sqrt((first + last) * trend.work[-1])


def _is_much(trend: Trend) -> Confidence:
    """What steady growth amounts to: by entries, or by bytes where few entries are large."""
    if trend.total <= 0:
        return Confidence.HIGH if trend.total_bytes >= SURE_BYTES else Confidence.LOW
    if trend.total >= SURE_UNITS or (trend.total >= STEADY_STEPS_UNITS and trend.total_bytes >= SURE_BYTES):
        return Confidence.HIGH
    if _fills_with_requests(trend):
        return Confidence.HIGH
    if trend.total_bytes >= MANY_BYTES and _is_steady(trend.rates_of(trend.bytes)):
        return Confidence.HIGH if trend.total >= FEW_UNITS else Confidence.MEDIUM
    return Confidence.MEDIUM if trend.total >= STEADY_STEPS_UNITS else Confidence.LOW


def _fills_with_requests(trend: Trend) -> bool:
    """Whether few entries take the same many objects with each request: the hours of a log, each with its lines."""
    if not trend.objects or not trend.total_requests:
        return False
    whole = round(sum(trend.objects) / trend.total_requests)
    rates = trend.rates_of(trend.objects)
    return (
        whole >= 1 and trend.total_bytes >= SURE_BYTES and all(abs(rate - whole) <= REGULAR for rate in rates)
    )


def _is_steady(rates: tuple[float, ...]) -> bool:
    return rates[0] > 0 and all(rate >= SLOWING * rates[0] for rate in rates)
