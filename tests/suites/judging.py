"""Tells a test that the agent breaks from one that fails now and then without it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import Enum

from tests.suites.running import Run

__all__ = ["Cause", "Difference", "judge", "names_that_differ"]

ABSENT = "not run"


class Cause(Enum):
    """What is known of a difference after both sides were run again."""

    CAUSED = "caused"  # again with the agent, never without
    ONCE = "once"  # with the agent, but not again
    FLAKY = "flaky"  # without the agent it varies as well


@dataclass(frozen=True, slots=True)
class Difference:
    """One test with its outcomes, first run first."""

    test: str
    without: tuple[str, ...]
    with_agent: tuple[str, ...]

    @property
    def cause(self) -> Cause:
        if len(set(self.without)) > 1:
            return Cause.FLAKY
        strange = sum(outcome != self.without[0] for outcome in self.with_agent)
        return Cause.CAUSED if strange > 1 else Cause.ONCE

    @property
    def may_be_flaky(self) -> bool:
        """It varies with the agent, and was not run often enough without it to tell whether it does so there."""
        return self.cause is Cause.CAUSED and self.without[0] in self.with_agent


def names_that_differ(without: Run, with_agent: Run) -> list[str]:
    names = {*without.outcomes, *with_agent.outcomes}
    return sorted(name for name in names if outcome(without, name) != outcome(with_agent, name))


def judge(names: Iterable[str], without: Sequence[Run], with_agent: Sequence[Run]) -> list[Difference]:
    return [
        Difference(
            name,
            tuple(outcome(run, name) for run in without),
            tuple(outcome(run, name) for run in with_agent),
        )
        for name in names
    ]


def outcome(run: Run, name: str) -> str:
    return run.outcomes.get(name, ABSENT)
