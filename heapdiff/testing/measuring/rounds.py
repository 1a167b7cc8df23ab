"""Calls a function in rounds, each twice as long, with a snapshot between two, until it's clear that nothing grows."""

from __future__ import annotations

import math
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from heapdiff.errors import UsageError
from heapdiff.testing.measuring.allocations import Readings
from heapdiff.testing.measuring.allowance import parse_allowance
from heapdiff.testing.measuring.analyst import Analyst
from heapdiff.testing.measuring.capturing import capturing
from heapdiff.testing.measuring.machinery import TestFacts

WARM_CALLS: Final = 10
WARM_S: Final = 0.2  # after which a slow function is warm
LEAST_WARM: Final = 2
FIRST_CALLS: Final = 40  # of the first round
ROUNDS: Final = 5
MOST_ROUNDS: Final = 16
CALLS_S: Final = 1.0  # that all calls of a test together may take
LEAST_FIRST, FEW_ROUNDS, FEWEST_FIRST = 8, 4, 2  # what is measured of a slow function
COUNTED: Final = 2  # rounds without a snapshot: where memory doesn't grow at all, there is none
LEAST_ROUNDS: Final = COUNTED + 2  # two intervals at least between snapshots
clock: Final = time.perf_counter  # the real one, whatever a test puts in its place


@dataclass(frozen=True, slots=True)
class Growth:
    """What the calls left behind. `failure` says it, and is empty if that's no more than was allowed.

    `calls` are those measured, in `rounds`, after the warm-up; `holders` are the paths of what grew. `left_out` says what else
    grew: something of the test's own, or with a bound.
    """

    calls: int
    rounds: int
    failure: str = ""
    holders: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()


def measure(
    function: Callable[[], object],
    rounds: int | None,
    max_growth: object,
    test: TestFacts,
    directory: Path | None = None,
    snapshots: bool = False,
) -> Growth:
    """Call it, and say what grew. What it raises goes through. Raises HeapdiffError if that can't be found out.

    With `rounds`, there are so many, however long they take; without, as many as it takes, in about a second of calls.
    """
    __tracebackhide__ = True
    allowance = parse_allowance(max_growth)
    if rounds is not None and (
        isinstance(rounds, bool) or not isinstance(rounds, int) or not LEAST_ROUNDS <= rounds <= MOST_ROUNDS
    ):
        raise UsageError(
            f"rounds={rounds!r}: expected a number from {LEAST_ROUNDS} to {MOST_ROUNDS}",
            "Leave it out for 5.",
        )
    plan = plan_rounds(_warm_up(function), rounds)
    counting, looking = plan[:COUNTED], plan[COUNTED:]
    total = sum(counting)
    if not has_grown(function, counting) and rounds is None:
        return Growth(total, len(counting))
    facts = test.as_json()
    with Analyst() as analyst, capturing() as camera:
        analyst.add(camera.take(), 0)
        called = 0
        for number, calls in enumerate(looking):
            _call(function, calls)
            called += calls
            analyst.add(camera.take(), called)
            if number == 0:
                grown = analyst.ask("growing", test=facts)["bytes"]
                if rounds is None and not grown:
                    return Growth(total + called, len(counting) + 1)
                camera.sample(grown * (sum(looking) - called) // called)
        answer = analyst.ask(
            "judge",
            test=facts,
            objects=allowance.objects,
            bytes=allowance.bytes,
            allowed=allowance.text,
            directory=None if directory is None else str(directory),
            snapshots=snapshots,
        )
    return Growth(
        total + called,
        len(plan),
        answer["failure"],
        tuple(answer["holders"]),
        tuple(answer["left_out"]),
    )


def has_grown(function: Callable[[], object], rounds: Sequence[int]) -> bool:
    """Whether the process has more in memory after any of these rounds than before it."""
    __tracebackhide__ = True
    readings = Readings(len(rounds) + 1)
    for number, calls in enumerate((0, *rounds)):  # what the loop itself takes is there at the first reading
        _call(function, calls)
        readings.read(number)
    return readings.grew()


def plan_rounds(seconds_each: float, rounds: int | None) -> tuple[int, ...]:
    """The calls of each round: 40, 80, 160, 320, 640; fewer if they would take too long."""
    if rounds is not None:
        return _double(FIRST_CALLS, rounds)
    affordable = int(CALLS_S / seconds_each) if seconds_each > 0 else sum(_double(FIRST_CALLS, ROUNDS))
    first = min(FIRST_CALLS, affordable // sum(_double(1, ROUNDS)))
    if first >= LEAST_FIRST:
        return _double(first, ROUNDS)
    return _double(max(FEWEST_FIRST, min(FIRST_CALLS, affordable // sum(_double(1, FEW_ROUNDS)))), FEW_ROUNDS)


def _double(first: int, rounds: int) -> tuple[int, ...]:
    return tuple(first << number for number in range(rounds))


def _warm_up(function: Callable[[], object]) -> float:
    """Seconds that a call takes once imports and the like are done: the fastest, so that a busy machine changes little."""
    __tracebackhide__ = True
    result = function()
    if isinstance(result, Awaitable):
        if hasattr(result, "close"):
            result.close()
        raise UsageError(
            f"{getattr(function, '__qualname__', function)} is asynchronous: calling it only makes a coroutine",
            "Pass a function that runs it, such as lambda: asyncio.run(work()), or mark the test with pytest.mark.heapdiff.",
        )
    del result
    began, done, least = clock(), 0, math.inf
    while done < WARM_CALLS and (done < LEAST_WARM or clock() - began < WARM_S):
        start = clock()
        function()
        least = min(least, clock() - start)
        done += 1
    return least


def _call(function: Callable[[], object], times: int) -> None:
    __tracebackhide__ = True
    for _ in range(times):
        function()
