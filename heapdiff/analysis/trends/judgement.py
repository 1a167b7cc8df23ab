"""Is it a leak? Judges one holder's growth over the snapshots by an ordered list of rules, each with its sentence."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt
from typing import Final

from heapdiff.analysis.trends.thresholds import (
    CHANCE,
    EVEN,
    LISTED_BYTES,
    LISTED_UNITS,
    MANY_BYTES,
    MANY_UNITS,
    SLOWING,
    SURE_BYTES,
    SURE_UNITS,
    WHOLE,
)
from heapdiff.analysis.trends.trend import End, Trend, describe_gain
from heapdiff.answers import Confidence

__all__ = ["ORDER", "Judgement", "judge", "worth_listing"]

ORDER: Final = {Confidence.HIGH: 0, Confidence.MEDIUM: 1, Confidence.LOW: 2}
ONCE: Final = "One step does not tell whether it goes on."


@dataclass(frozen=True, slots=True)
class Judgement:
    confidence: Confidence
    reason: str


def worth_listing(trend: Trend) -> bool:
    return trend.total_bytes > 0 and (trend.total >= LISTED_UNITS or trend.total_bytes >= LISTED_BYTES)


def judge(trend: Trend, ends: Sequence[End] = ()) -> Judgement:
    """The confidence that this goes on for ever, with its reason.

    The first known end that leaves no doubt decides; else the growth itself as read by what makes it surest, with the
    doubts that there are.
    """
    for end in ends:
        if end.most is Confidence.LOW:
            return Judgement(Confidence.LOW, end.reason)
    judged = min(map(_judge_growth, trend.readings), key=lambda judgement: ORDER[judgement.confidence])
    if judged.confidence is Confidence.LOW:
        return judged
    most = max([judged.confidence, *(end.most for end in ends)], key=lambda each: ORDER[each])
    return Judgement(most, " ".join([judged.reason, *(end.reason for end in ends)]))


def _judge_growth(trend: Trend) -> Judgement:
    """The first rule that applies; `_ONCE` and `_STEPS` are their order."""
    rules = _ONCE if len(trend.units) == 1 else _STEPS
    return next(judged for rule in rules if (judged := rule(trend)) is not None)


def _comes_with_requests(trend: Trend) -> Judgement | None:
    """One or more with each request, or one with every second, third, …"""
    rate = trend.total / trend.total_requests if trend.total_requests else 0.0
    each = trend.total >= SURE_UNITS and 2 * trend.total_requests >= SURE_UNITS and rate >= 1 - EVEN
    few = trend.total >= 2 * SURE_UNITS and rate >= (1 - EVEN) / 2 and abs(1 / rate - round(1 / rate)) < WHOLE
    return Judgement(Confidence.HIGH, f"{describe_gain(trend)}, and kept them.") if each or few else None


def _is_much_at_once(trend: Trend) -> Judgement | None:
    rate = trend.total / trend.total_requests if trend.total_requests else 1.0
    large = trend.total >= SURE_UNITS and rate >= (1 - EVEN) / 2
    buffer = trend.unit == "byte" and trend.total_bytes >= SURE_BYTES
    if large or buffer or trend.total >= MANY_UNITS or trend.total_bytes >= MANY_BYTES:
        return Judgement(Confidence.MEDIUM, f"{describe_gain(trend)}. {ONCE}")
    return None


def _is_little_at_once(trend: Trend) -> Judgement:
    return Judgement(
        Confidence.LOW, f"{describe_gain(trend)}: too little to tell from what every process does."
    )


def _has_stopped(trend: Trend) -> Judgement | None:
    if trend.steps[-1] > 0:
        return None
    return Judgement(
        Confidence.LOW, f"{describe_gain(trend)}, but no more in the last step: it filled up and stopped."
    )


def _comes_and_goes(trend: Trend) -> Judgement | None:
    if min(trend.steps) > 0:
        return None
    return Judgement(Confidence.LOW, f"{describe_gain(trend)}, but not in every step: it comes and goes.")


def _slows_down(trend: Trend) -> Judgement | None:
    if trend.rates[-1] >= SLOWING * trend.rates[0]:
        return None
    return Judgement(
        Confidence.LOW,
        f"{describe_gain(trend)}, ever more slowly: it looks like a cache that fills or a warm-up.",
    )


def _falls_behind(trend: Trend) -> Judgement | None:
    """The last step's rate is below the first's by more than chance."""
    first, last = trend.rates[0], trend.rates[-1]
    missing = (first - last) * trend.work[-1]
    by_chance = CHANCE * sqrt((first + last) * trend.work[-1])
    if last >= (1 - EVEN) * first or trend.total <= 0 or missing <= by_chance:
        return None
    most = max(Confidence.MEDIUM, _amounts_to(trend), key=lambda each: ORDER[each])
    return Judgement(most, f"{_often(trend)}, but more slowly in the last.")


def _goes_on(trend: Trend) -> Judgement:
    confidence = _amounts_to(trend)
    little = ", but by little" if confidence is Confidence.LOW else ""
    return Judgement(confidence, f"{_often(trend)} and without slowing down{little}.")


_ONCE = (_comes_with_requests, _is_much_at_once, _is_little_at_once)
_STEPS = (_has_stopped, _comes_and_goes, _slows_down, _falls_behind, _goes_on)


def _often(trend: Trend) -> str:
    return f"{describe_gain(trend)}, at every one of {len(trend.units)} steps"


def _amounts_to(trend: Trend) -> Confidence:
    """What steady growth amounts to: by entries, or by bytes where few entries are large."""
    heavy = trend.total_bytes >= SURE_BYTES
    if trend.total <= 0:
        return Confidence.HIGH if heavy else Confidence.LOW
    some = trend.total >= 2 * LISTED_UNITS
    if trend.total >= SURE_UNITS or (heavy and (some or trend.regular(trend.objects))):
        return Confidence.HIGH
    rates = trend.rates_of(trend.bytes)
    if trend.total_bytes >= MANY_BYTES and min(rates) >= SLOWING * rates[0] > 0:
        return Confidence.HIGH if 2 * trend.total >= LISTED_UNITS else Confidence.MEDIUM
    return Confidence.MEDIUM if some else Confidence.LOW
