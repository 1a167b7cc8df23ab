"""Traffic in which only some of the requests leak: which ones, and how many requests it takes. No I/O."""

from __future__ import annotations

import random
from collections.abc import Iterator
from enum import StrEnum
from itertools import cycle, repeat
from math import ceil
from typing import Final

from tests.leakbench.case import Case
from tests.leakbench.grading import Question, question_of

__all__ = ["Mix", "leaking", "mixes_of", "requests_of"]

FEWEST: Final = 15  # leaking requests in a round, where the case itself has that many
RANDOM_SHARE: Final = 0.3


class Mix(StrEnum):
    """Which of the requests go to the view that leaks; the others go to one that does nothing."""

    ALL = "all"
    HALF = "half"
    TENTH = "tenth"
    RANDOM = "random"


SHARE: Final = {Mix.ALL: 1.0, Mix.HALF: 0.5, Mix.TENTH: 0.1, Mix.RANDOM: RANDOM_SHARE}


def mixes_of(case: Case) -> tuple[Mix, ...]:
    """Those that make a difference: none for a healthy app, nor where the verdict hangs on the rate itself."""
    by_rate = question_of(case) in (Question.HOLDER, Question.OWNER, Question.NATIVE)
    return tuple(Mix) if by_rate else (Mix.ALL,)


def requests_of(case: Case, mix: Mix) -> int:
    """Requests in a round: as many as without a mix, more where else too few of them would leak.

    Of native memory nothing can be counted but bytes: half of those that leak without a mix must be there.
    """
    leaks = case.requests // case.every
    in_bytes = question_of(case) in (Question.NATIVE, Question.OWNER)
    enough = max(FEWEST, leaks // 2) if in_bytes else FEWEST
    enough = min(leaks, enough)
    return max(case.requests, ceil(enough * case.every / SHARE[mix]))


def leaking(case: Case, mix: Mix) -> Iterator[bool]:
    """For each request, without end, whether it goes to the view that leaks; the same in every run."""
    if mix is Mix.ALL:
        return repeat(True)
    if mix is Mix.RANDOM:
        chance = random.Random(case.name)
        return iter(lambda: chance.random() < RANDOM_SHARE, None)
    return cycle([True] + [False] * (round(1 / SHARE[mix]) - 1))
