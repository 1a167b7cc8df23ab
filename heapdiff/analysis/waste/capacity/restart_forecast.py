"""When the worker's memory reaches its limit if it goes on so, and how often it must restart until the leak is fixed."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Final

from heapdiff.analysis.naming.amounts import format_bytes, format_period
from heapdiff.analysis.waste.capacity.courses import Course, after_loading, follow_memory
from heapdiff.analysis.waste.capacity.family import Ceiling, find_ceiling, find_family
from heapdiff.analysis.waste.capacity.forecasting import Growth, Interval, measure_growth
from heapdiff.analysis.waste.ground.rule import Elsewhere, Rule, least_headline
from heapdiff.analysis.waste.ground.worker import Worker
from heapdiff.answers import Confidence, Finding, Topic
from heapdiff.knowledge.advice.capacity import JITTER, RESTART_S, SOON_S
from heapdiff.knowledge.advice.servers import RESTARTING, RESTARTING_BY_SIZE

RULE: Final = Rule("restart-forecast", Topic.RESTARTS)
NARROW, WIDE, MANY = 3.0, 10.0, 24
FEWEST_REQUESTS: Final = 100
HOUR: Final = 3600.0
STOPGAP: Final = "As a stopgap until the leak is fixed, restart each worker before it gets there"
NO_LIMIT: Final = (
    "Give the workers a memory limit (the container's, or MemoryMax= in the systemd unit): then it's known how long they last. "
    "And find what grows: heapdiff compare."
)


def find_forecast(worker: Worker) -> Iterator[Finding]:
    """Where resident memory surely grows, by at least what a headline takes."""
    course = after_loading(follow_memory(worker))
    growth = measure_growth(course.seconds, course.rss)
    if growth is None or not growth.is_sure:
        return
    grown = round(growth.slope * growth.span)
    memory = worker.latest.summary.memory
    if grown < least_headline(memory.rss_bytes):
        return
    family = find_family(worker)
    workers = 1 if family is None else len(family)
    ceiling = find_ceiling(memory, workers)
    ahead = None if ceiling is None else growth.reach(ceiling.rss)
    change, code = _advise(worker, course, ceiling, workers)
    yield RULE.found(
        Elsewhere(),
        _tell(growth, ceiling, ahead),
        bytes=grown,
        saves=None,
        example=_tell_samples(course, growth),
        change=change,
        code=code,
        check="heapdiff compare A B names what grows. Once that's fixed, remove these settings again.",
        confidence=_confidence(growth, ahead),
        reason=_reason(ahead),
        headline=ahead is not None and ahead.expected < SOON_S,
    )


def _tell(growth: Growth, ceiling: Ceiling | None, ahead: Interval | None) -> str:
    rate = f"RSS grows by {format_bytes(round(growth.slope * HOUR))} per hour"
    if ceiling is None or ahead is None:
        return rate
    if ahead.expected == 0:
        return f"{rate} and has reached {ceiling.said_by}"
    if math.isinf(ahead.low):
        return f"{rate}; when it reaches {ceiling.said_by} is too far ahead to tell"
    return f"{rate} and reaches {ceiling.said_by} in {_tell_interval(ahead)}"


def _tell_interval(ahead: Interval) -> str:
    if math.isinf(ahead.high):
        return f"{format_period(ahead.low)} at the earliest"
    return f"{format_period(ahead.low)} to {format_period(ahead.high)}"


def _tell_samples(course: Course, growth: Growth) -> str:
    rate = growth.rate
    low, high = format_bytes(round(rate.low * HOUR)), format_bytes(round(rate.high * HOUR))
    cut = f", after a warm-up of {format_period(float(course.seconds[growth.first] - course.seconds[0]))}"
    return (
        f"{low} to {high} per hour (95 %), from {growth.samples} samples over {format_period(growth.span)}"
        f"{cut if growth.first else ''}"
    )


def _advise(
    worker: Worker, course: Course, ceiling: Ceiling | None, workers: int
) -> tuple[str, tuple[str, ...]]:
    """What to do, and its configuration."""
    if ceiling is None:
        return NO_LIMIT, ()
    server = worker.latest.summary.process.server or ""
    size = max(math.floor(ceiling.safe / 1e6), 1)
    most = None if course.requests is None else _most_requests(course, ceiling, workers)
    if most is not None and most[0] < FEWEST_REQUESTS:
        return f"It grows too fast for restarts to help ({most[0]:,} requests each): fix it.", ()
    if most is not None and server in RESTARTING:
        lines = RESTARTING[server]
        code = tuple(each.format(requests=most[0], jitter=most[1], megabytes=size) for each in lines)
        return f"{STOPGAP}, after {most[0]:,} requests.", code
    if server in RESTARTING_BY_SIZE:
        return f"{STOPGAP}.", tuple(each.format(megabytes=size) for each in RESTARTING_BY_SIZE[server])
    unknown = (
        "" if course.requests is not None else " How many requests it lasts isn't known: nothing counts them."
    )
    return f"{STOPGAP}.{unknown}", ()


def _most_requests(course: Course, ceiling: Ceiling, workers: int) -> tuple[int, int] | None:
    """How many requests a new worker may serve, and a random number more; None where growth doesn't go with requests."""
    growth = measure_growth(course.requests, course.rss) if course.requests is not None else None
    if course.requests is None or growth is None or not growth.is_sure:
        return None
    beginning = growth.level - growth.slope * float(course.requests[-1]) + growth.above
    allowed = max(ceiling.safe - beginning, 0.0) / growth.rate.high
    pace = float(course.requests[-1] - course.requests[0]) / float(course.seconds[-1] - course.seconds[0])
    jitter = max(JITTER * allowed / (1 + JITTER), workers * RESTART_S * pace)
    return _round_down(allowed - jitter), _round_down(jitter)


def _round_down(number: float) -> int:
    """To two digits."""
    whole = max(int(number), 0)
    unit: int = 10 ** max(len(str(whole)) - 2, 0)
    return whole // unit * unit


def _confidence(growth: Growth, ahead: Interval | None) -> Confidence:
    wide = math.inf if ahead is None else ahead.high / max(ahead.low, 1.0)
    if growth.samples >= MANY and wide <= NARROW:
        return Confidence.HIGH
    return Confidence.MEDIUM if wide <= WIDE else Confidence.LOW


def _reason(ahead: Interval | None) -> str:
    if ahead is None:
        return "the growth is more than noise, but no limit is known"
    return "the interval allows for noise that lasts and for growth in steps, but not for other traffic than so far"
