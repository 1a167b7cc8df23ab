"""Whether growth over workers and time is a leak, and the sentence that says why: an ordered list of rules."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import Final

from heapdiff.analysis.naming.amounts import count
from heapdiff.answers import Confidence
from heapdiff.fleet.judging.evidence import Evidence
from heapdiff.fleet.judging.staying import drains, may_drain
from heapdiff.fleet.judging.thresholds import (
    COMMON,
    DOUBTED,
    LEAST_CHANCES,
    LEAST_SEEN,
    LEAST_SEEN_ALONE,
    RECURRENCE,
    RECURRENCE_IF_DOUBTED,
    TOO_YOUNG_S,
    WARM_UP_S,
)
from heapdiff.fleet.judging.trend import Course, Trend, find_trend


class Kind(str, Enum):
    """What growth turned out to be."""

    LEAK = "leak"
    WARM_UP = "warm-up"
    FILLING = "filling"
    NOISE = "noise"
    TOO_LITTLE = "too little"


@dataclass(frozen=True, slots=True)
class Judgement:
    """The kind, how sure that is, and why, in a sentence without a full stop's company: it ends with one."""

    kind: Kind
    confidence: Confidence
    reason: str


def judge(evidence: Evidence) -> Judgement:
    """Never fails; with nothing seen, it's too little."""
    trend = find_trend(evidence)
    for rule in RULES:
        if judgement := rule(evidence, trend):
            return judgement
    return _leak(evidence, trend)


def _too_rarely_seen(evidence: Evidence, _: Trend) -> Judgement | None:
    least = LEAST_SEEN if evidence.affected > 1 else LEAST_SEEN_ALONE
    if evidence.found + evidence.sure >= least:
        return None
    seen = f"{count(evidence.found, 'interval')} of {count(evidence.affected, 'worker')}"
    kind = Kind.NOISE if _recurs(evidence) is False else Kind.TOO_LITTLE
    return Judgement(kind, Confidence.LOW, f"Seen in {seen}: too little to tell.")


def _stops(evidence: Evidence, trend: Trend) -> Judgement | None:
    if trend.course is not Course.STOPS:
        return None
    kind = Kind.WARM_UP if trend.until_s <= WARM_UP_S else Kind.FILLING
    after = f"{evidence.exposure.intervals:,} intervals at all ages"
    what = "a warm-up" if kind is Kind.WARM_UP else "a cache that has filled"
    return Judgement(
        kind, Confidence.HIGH, f"It stops by the age of {_age(trend.until_s)}, over {after}: {what}."
    )


def _falls(_: Evidence, trend: Trend) -> Judgement | None:
    if trend.course is not Course.FALLS or trend.kept is None:
        return None
    reason = (
        f"Its rate falls to {trend.kept:.0%} with each doubling of a worker's age: a cache that is filling."
    )
    return Judgement(Kind.FILLING, Confidence.MEDIUM, reason)


def _noise(evidence: Evidence, _: Trend) -> Judgement | None:
    if _recurs(evidence) is not False:
        return None
    reason = (
        f"Seen in {evidence.found:,} of {count(evidence.affected_intervals, 'interval')} of the workers that "
        "ever showed it: too rare to be growth that goes on."
    )
    return Judgement(Kind.NOISE, Confidence.MEDIUM, reason)


def _comes_and_goes(evidence: Evidence, _: Trend) -> Judgement | None:
    afterwards = evidence.afterwards
    if afterwards is None or not may_drain(evidence) or not drains(afterwards):
        return None
    reason = (
        f"Of what it gains, {min(-afterwards.rate, 1.0):.0%} is gone after the next interval, over "
        f"{count(afterwards.workers, 'worker')}: it comes and goes, as a queue does."
    )
    return Judgement(Kind.NOISE, Confidence.MEDIUM, reason)


def _unclear(evidence: Evidence, trend: Trend) -> Judgement | None:
    """What `compare` was sure of, from three snapshots or more, it has held against a cache that fills already."""
    if trend.course is not Course.UNCLEAR or 2 * evidence.sure >= evidence.found:
        return None
    if trend.kept is not None and trend.from_s >= TOO_YOUNG_S:
        reason = "Its rate may be falling with a worker's age: more intervals will tell."
    else:
        reason = f"Workers were seen too young, or too briefly, to rule out a warm-up: {_seen(evidence)}."
    return Judgement(Kind.TOO_LITTLE, Confidence.LOW, reason)


RULES: Final[tuple[Callable[[Evidence, Trend], Judgement | None], ...]] = (
    _too_rarely_seen,
    _stops,
    _falls,
    _noise,
    _comes_and_goes,
    _unclear,
)


def _leak(evidence: Evidence, trend: Trend) -> Judgement:
    steady = trend.course is Course.GOES_ON
    later = f", and goes on past the age of {_age(trend.from_s)}" if steady and trend.from_s else ""
    alone = evidence.affected == 1
    reason = f"Growing in {_seen(evidence)}{later}."
    if steady and trend.firm and not alone and evidence.doubted < evidence.found / 2:
        return Judgement(Kind.LEAK, Confidence.HIGH, reason)
    doubted = evidence.doubted >= DOUBTED * evidence.found
    if doubted or not steady or (trend.kept is None and evidence.found < 2 * LEAST_SEEN_ALONE):
        return Judgement(Kind.LEAK, Confidence.LOW, reason)
    return Judgement(Kind.LEAK, Confidence.MEDIUM, reason)


def _recurs(evidence: Evidence) -> bool | None:
    """Whether workers that showed it once show it again; None where there was no chance to."""
    least = RECURRENCE
    if evidence.doubted >= DOUBTED * evidence.found:
        least = RECURRENCE_IF_DOUBTED
    chances = evidence.affected_intervals - evidence.affected
    if chances >= LEAST_CHANCES:
        return (evidence.found - evidence.affected) / chances >= least
    if not evidence.exposure.intervals:
        return None
    return evidence.found / evidence.exposure.intervals >= COMMON


def _seen(evidence: Evidence) -> str:
    return (
        f"{evidence.found:,} of {count(evidence.affected_intervals, 'interval')} of "
        f"{count(evidence.affected, 'worker')}"
    )


def _age(seconds: int) -> str:
    for limit, divisor, unit in ((120, 1, "s"), (7200, 60, "minutes"), (172_800, 3600, "hours")):
        if seconds < limit:
            return f"{seconds / divisor:.3g} {unit}"
    return f"{seconds / 86_400:.2g} days"
