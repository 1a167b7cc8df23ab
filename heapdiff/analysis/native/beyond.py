"""How the process grew beyond its Python objects, step by step, and whether that goes on. Finds no owner.

rss = python objects + native + mapped files + free          each is followed by itself: one may swing while
                                                             another grows evenly
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from itertools import pairwise
from typing import Final

from heapdiff.analysis.native.memory import (
    FILES,
    FREE_TERMS,
    IN_USE,
    MALLOC_FREE,
    NATIVE_TERMS,
    OBJECTS,
    RSS,
    compute_memory_change,
    compute_unexplained,
)
from heapdiff.analysis.trends.judgement import judge
from heapdiff.analysis.trends.trend import EVEN, SLOWING, Trend
from heapdiff.answers import Confidence, MemoryChange
from heapdiff.model import Summary

LARGE_BYTES: Final = 8 << 20  # much, whatever its course
LARGE_SHARE: Final = 0.05  # of the process
ALONE_BYTES: Final = 4 << 20  # the same in one step in which hardly anything else grew
ALONE: Final = 4  # times what the Python objects grew by
EVEN_BYTES: Final = 2 << 20  # divided by the number of steps: what even steps are visible by
EVEN_SHARE: Final = 0.04  # of the process, likewise
TOLD_BYTES: Final = 512 << 10  # what the allocator counts and is worth a word
NOTICED_SHARE: Final = 0.01  # of the process: what it counts while hardly anything else grew
# That of each thread grows by its own peaks, so malloc's free memory must grow in more intervals than there are threads.
PEAKS: Final = 3  # intervals at least
THREAD: Final = "threading.Thread"
PEAK_SHARE: Final = 0.5  # of the process, that a peak may well leave free
NOISE: Final = 2  # times as much where only resident pages tell it, or where steps differ
OVERHEAD: Final = 0.2  # of Python objects: what allocators add to them


class Kind(Enum):
    NATIVE = "native memory"
    FILES = "mapped files"
    FREE = "free memory"


class Measure(Enum):
    """How much chance is in it: none where the allocator counts; some in resident pages; much in what comes and goes."""

    EXACT = "allocated"
    PAGES = "resident"
    ROUGH = "free or mixed"


class Pace(Enum):
    """Whether growth goes on, as far as its steps tell."""

    EVEN = "the same amount in each interval"
    GOES_ON = "in every interval"
    ONCE = "in one interval"
    SLOWS = "slower and slower"
    STOPPED = "not in the last interval"


@dataclass(frozen=True, slots=True)
class Part:
    """One kind of memory: what it grew by in all and in each step that served requests, in which terms, and how fast."""

    kind: Kind
    steps: tuple[int, ...]
    terms: Mapping[str, int]
    pace: Pace
    visible: bool  # enough to judge by
    noticeable: bool  # above what any process gains by chance
    told: bool  # enough to say, of holders that are known to grow

    @property
    def total(self) -> int:
        return sum(self.steps)

    @property
    def allocated(self) -> bool:
        """Whether malloc gave out most of it, to no stack."""
        return _is_exact(self.terms)

    @property
    def goes_on(self) -> bool:
        return self.visible and self.pace in (Pace.EVEN, Pace.GOES_ON, Pace.ONCE)

    @property
    def sure(self) -> bool:
        return self.visible and self.pace in (Pace.EVEN, Pace.GOES_ON)


@dataclass(frozen=True, slots=True)
class Beyond:
    """All that a process grew by beyond its Python objects. `whole` is everything, as its resident pages tell it."""

    process: int
    objects: int
    whole: Part
    parts: tuple[Part, ...]
    requests: int

    def part(self, kind: Kind) -> Part | None:
        return next((part for part in self.parts if part.kind is kind), None)


@dataclass(frozen=True)
class _Series:
    """What judging a part needs to know of the snapshots."""

    requests: tuple[int, ...]
    seconds: tuple[float, ...]
    rss: int
    objects: int
    threads: int

    def read(self, amounts: Sequence[int]) -> Trend:
        trend = Trend(
            units=(0,) * len(amounts),
            bytes=tuple(amounts),
            requests=self.requests,
            unit="byte",
            objects=(0,) * len(amounts),
            seconds=self.seconds,
        )
        return trend.readings[0]

    def follow(self, kind: Kind, amounts: Sequence[int], terms: Mapping[str, int], measure: Measure) -> Part:
        trend = self.read(amounts)
        pace = _find_pace(trend, kind)
        visible = self._is_visible(trend, pace, measure) and not self._may_pass(kind, trend, terms)
        alone = self._is_counted(trend, measure, NOTICED_SHARE) and self._is_alone(trend)
        noticeable = trend.total_bytes >= max(EVEN_BYTES, EVEN_SHARE * self.rss) or (
            alone and pace in (Pace.ONCE, Pace.EVEN, Pace.GOES_ON)
        )
        told = visible or noticeable or self._is_counted(trend, measure)
        return Part(kind, trend.bytes, terms, pace, visible, noticeable, told)

    def _is_counted(self, trend: Trend, measure: Measure, share: float = 0.0) -> bool:
        return measure is Measure.EXACT and trend.total_bytes >= max(TOLD_BYTES, share * self.rss)

    def _is_alone(self, trend: Trend) -> bool:
        return trend.total_bytes >= ALONE * max(0, self.objects)

    def _may_pass(self, kind: Kind, trend: Trend, terms: Mapping[str, int]) -> bool:
        """Libraries are loaded once, and a peak leaves free memory behind: malloc keeps some for each thread."""
        steps = len(trend.bytes)
        if kind is Kind.FREE:
            few = steps < max(PEAKS, self.threads + 1)
            peaks = few and 2 * terms.get(MALLOC_FREE, 0) > sum(terms.values())
            return peaks or (steps == 1 and trend.total_bytes < PEAK_SHARE * self.rss)
        return kind is Kind.FILES and steps == 1

    def read_pages(self, missing: Sequence[int], parts: Sequence[Part]) -> Measure:
        """How far resident pages tell native growth: not where free memory is most of it, or objects grew as well."""
        free = sum(part.total for part in parts if part.kind is Kind.FREE)
        clear = 2 * free < sum(missing) and sum(missing) >= ALONE * self.objects
        return Measure.PAGES if clear or not parts else Measure.ROUGH

    def _is_visible(self, trend: Trend, pace: Pace, measure: Measure) -> bool:
        total, steps = trend.total_bytes, len(trend.bytes)
        if total >= max(LARGE_BYTES, LARGE_SHARE * self.rss):
            return True
        if pace is Pace.ONCE:
            alone = measure is Measure.EXACT and self._is_alone(trend)
            return alone and total >= max(ALONE_BYTES, LARGE_SHARE * self.rss)
        varies = pace is Pace.GOES_ON and measure is Measure.EXACT and steps >= PEAKS
        steady = pace is Pace.EVEN and measure is not Measure.ROUGH
        least = max(EVEN_BYTES, EVEN_SHARE * self.rss) / steps
        return (steady or varies) and total >= least * (NOISE if varies or measure is Measure.PAGES else 1)


def measure_beyond(
    summaries: Sequence[Summary], requests: tuple[int, ...], seconds: tuple[float, ...]
) -> Beyond | None:
    """Growth beyond the Python objects over the snapshots of one process; None where it did not grow so."""
    steps = [compute_memory_change(earlier, later) for earlier, later in pairwise(summaries)]
    known = set.intersection(*({row.name for row in step} for step in steps))
    process, objects = _sum(steps, RSS), _sum(steps, OBJECTS)
    threads = sum(entry.count for entry in summaries[-1].types if entry.type == THREAD)
    series = _Series(requests, seconds, summaries[0].memory.rss_bytes, objects, threads)
    missing = [compute_unexplained(earlier, later) for earlier, later in pairwise(summaries)]
    parts = tuple(filter(None, (_follow(series, kind, steps, known) for kind in Kind)))
    largest = max(parts, key=lambda part: part.total, default=None)
    kind, terms = (largest.kind, largest.terms) if largest is not None else (Kind.NATIVE, {})
    whole = series.follow(kind, missing, terms, series.read_pages(missing, parts))
    return Beyond(process, max(0, objects), whole, parts, sum(requests))


def _follow(
    series: _Series, kind: Kind, steps: Sequence[Sequence[MemoryChange]], known: set[str]
) -> Part | None:
    names = [name for name in TERMS[kind] if name in known]
    if not names:
        return None
    terms = {name: total for name in names if (total := _sum(steps, name)) > 0}
    exact = _is_exact(terms)
    followed = [name for name in names if name in terms]
    if exact and (calm := _calm(series, steps, followed)) is not None:
        followed, terms = [calm], {calm: terms[calm]}
    amounts = [sum(_in_step(step, name) for name in followed) for step in steps]
    if exact:
        added = [round(OVERHEAD * max(0, _in_step(step, OBJECTS))) for step in steps]
        amounts = [amount - more for amount, more in zip(amounts, added, strict=True)]
    measure = Measure.EXACT if exact else Measure.ROUGH if kind is Kind.FREE else Measure.PAGES
    return series.follow(kind, amounts, terms, measure) if terms else None


def _is_exact(terms: Mapping[str, int]) -> bool:
    return 2 * terms.get(IN_USE, 0) > sum(terms.values())


def _calm(series: _Series, steps: Sequence[Sequence[MemoryChange]], names: Sequence[str]) -> str | None:
    """What is allocated, if it grows evenly while pages of other mappings come and go by less."""
    amounts = [_in_step(step, IN_USE) for step in steps]
    others = sum(abs(_in_step(step, name)) for step in steps for name in names if name != IN_USE)
    even = len(amounts) > 1 and _find_pace(series.read(amounts)) is Pace.EVEN
    return IN_USE if even and others < sum(amounts) else None


def _find_pace(trend: Trend, kind: Kind = Kind.NATIVE) -> Pace:
    """By the rules for holders: what ends for them ends here. Free memory is what a peak leaves, in whichever step it was."""
    if len(trend.bytes) == 1:
        return Pace.ONCE
    judgement = judge(trend)
    if judgement.confidence is Confidence.LOW:
        return Pace.STOPPED if judgement.end in ("stopped", "unsteady") else Pace.SLOWS
    rates = trend.rates(trend.bytes)
    if kind is Kind.FREE and rates[-1] < SLOWING * max(rates):
        return Pace.SLOWS
    return Pace.EVEN if min(rates) >= (1 - 2 * EVEN) * max(rates) else Pace.GOES_ON


def _sum(steps: Sequence[Sequence[MemoryChange]], name: str) -> int:
    return sum(_in_step(step, name) for step in steps)


def _in_step(step: Sequence[MemoryChange], name: str) -> int:
    return next((row.delta for row in step if row.name == name), 0)


TERMS: Final[Mapping[Kind, tuple[str, ...]]] = {
    Kind.NATIVE: NATIVE_TERMS,
    Kind.FILES: (FILES,),
    Kind.FREE: FREE_TERMS,
}
