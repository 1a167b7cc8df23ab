"""Is it a leak? Judges one holder's growth over the snapshots by an ordered list of rules, each with its sentence."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from heapdiff.analysis.trends.trend import CHANCE, EVEN, FEW, LISTED, MANY, SLOWING, SURE, Trend
from heapdiff.answers import Confidence

ORDER: Final = {Confidence.HIGH: 0, Confidence.MEDIUM: 1, Confidence.LOW: 2}


@dataclass(frozen=True, slots=True)
class End:
    """Something that ends a holder's growth, or may; `most` is the most that can be thought of the growth then.

    Where it is `known` to, `reason` goes on from what the holder gained; else `reason` is a sentence after what the growth
    itself looks like: a doubt, or why there is none.
    """

    name: str
    reason: str
    most: Confidence = Confidence.LOW
    known: bool = True


@dataclass(frozen=True, slots=True)
class Judgement:
    """`end` names what ends the growth, as it is known or was seen; empty where nothing does."""

    confidence: Confidence
    reason: str
    end: str = ""


def worth_listing(trend: Trend) -> bool:
    """Whether it is above the noise of any process."""
    return trend.total_bytes > 0 and trend.reaches(LISTED)


def worth_noting(trend: Trend) -> bool:
    """The same for containers of the application's own code, which has little of that noise."""
    return trend.total_bytes > 0 and trend.by_length and trend.total >= FEW


def judge(trend: Trend, ends: Sequence[End] = ()) -> Judgement:
    """The confidence that this goes on for ever, with its reason.

    The first end without doubt decides; else the growth, as read by what makes it surest, and the doubts that there are.
    """
    for end in ends:
        if end.known:
            return Judgement(Confidence.LOW, trend.gained + end.reason, end.name)
    judged = min(map(_judge_growth, trend.readings), key=lambda judgement: ORDER[judgement.confidence])
    if judged.confidence is Confidence.LOW:
        return judged
    most = _least_sure(judged.confidence, *(end.most for end in ends))
    return Judgement(most, " ".join(filter(None, [judged.reason, *(end.reason for end in ends)])))


def _least_sure(*confidences: Confidence) -> Confidence:
    return max(confidences, key=lambda each: ORDER[each])


def _judge_growth(trend: Trend) -> Judgement:
    """The first rule that applies, and its words after what the holder gained; `_RULES` is their order."""
    found = (rule(trend) for rule in _RULES)
    judged = next(each for each in found if each is not None)
    return replace(judged, reason=trend.gained + judged.reason)


def _comes_with_requests(trend: Trend) -> Judgement | None:
    return Judgement(Confidence.HIGH, ", and kept them.") if trend.follows_requests else None


def _is_much_at_once(trend: Trend) -> Judgement | None:
    rate = trend.total / trend.total_requests if trend.total_requests else 1.0
    large = trend.total >= SURE.units and rate >= (1 - EVEN) / 2
    buffer = trend.unit == "byte" and trend.total_bytes >= SURE.bytes
    if _is_once(trend) and (large or buffer or trend.reaches(MANY)):
        return Judgement(Confidence.MEDIUM, ". One interval isn't enough to tell whether it will continue.")
    return None


def _is_little_at_once(trend: Trend) -> Judgement | None:
    little = ". That's too little to judge from one interval."
    return Judgement(Confidence.LOW, little) if _is_once(trend) else None


def _is_once(trend: Trend) -> bool:
    return len(trend.units) == 1


def _has_stopped(trend: Trend) -> Judgement | None:
    stopped = ", but none in the last interval: it filled up and stopped."
    return Judgement(Confidence.LOW, stopped, "stopped") if trend.steps[-1] <= 0 else None


def _comes_and_goes(trend: Trend) -> Judgement | None:
    unsteady = ", but not in every interval: it comes and goes."
    return Judgement(Confidence.LOW, unsteady, "unsteady") if min(trend.steps) <= 0 else None


def _slows_down(trend: Trend) -> Judgement | None:
    first, *_, last = trend.rates(trend.steps)
    if last >= SLOWING * first or not trend.falls:
        return None
    if trend.goes_with_time:
        uneven = ", as much in each second: the intervals got shorter. Compare longer or equal ones to tell whether it ends."
        return Judgement(Confidence.LOW, uneven)
    slower = ", more and more slowly: it looks like a cache that is filling, or a warm-up."
    return Judgement(Confidence.LOW, slower, "slows")


def _falls_behind(trend: Trend) -> Judgement | None:
    if trend.total <= 0 or not trend.falls:
        return None
    most = _least_sure(Confidence.MEDIUM, _amounts_to(trend))
    return Judgement(most, f", {_intervals(trend)}, but more slowly in the last.")


def _goes_on(trend: Trend) -> Judgement:
    confidence = _amounts_to(trend)
    little = ", but the amount is small" if confidence is Confidence.LOW else ""
    return Judgement(confidence, f", {_intervals(trend)}, with no sign of slowing{little}.")


def _intervals(trend: Trend) -> str:
    return "in both intervals" if len(trend.units) == 2 else f"in all {len(trend.units)} intervals"


_RULES = (
    _comes_with_requests,
    _is_much_at_once,
    _is_little_at_once,
    _has_stopped,
    _comes_and_goes,
    _slows_down,
    _falls_behind,
    _goes_on,
)


def _amounts_to(trend: Trend) -> Confidence:
    """What steady growth amounts to: by entries, or by bytes where few entries are large."""
    heavy = trend.total_bytes >= SURE.bytes
    if trend.total <= 0:
        alike = trend.total_bytes >= LISTED.bytes and trend.even(trend.bytes)
        return Confidence.HIGH if heavy else Confidence.MEDIUM if alike else Confidence.LOW
    even = trend.even(trend.units)
    steady = even or trend.even(trend.units, CHANCE)
    some = (trend.total >= 2 * LISTED.units and steady) or (trend.total >= LISTED.units and even)
    many = trend.total >= 2 * SURE.units and steady
    if trend.unit == "object" and not (heavy or even or many):
        return Confidence.MEDIUM if trend.total >= MANY.units else Confidence.LOW
    if trend.total >= SURE.units or (heavy and (some or trend.regular(trend.objects))):
        return Confidence.HIGH
    rates = trend.rates(trend.bytes)
    if trend.total_bytes >= MANY.bytes and min(rates) >= SLOWING * rates[0] > 0:
        return Confidence.HIGH if 2 * trend.total >= LISTED.units else Confidence.MEDIUM
    return Confidence.MEDIUM if some else Confidence.LOW
