"""Counts the answers to all cases, and holds them against what LeakBench must show. No I/O."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from tests.leakbench.comparing import CHOICES
from tests.leakbench.grading import LISTED, Answer, Question, question_of
from tests.leakbench.mixing import Mix
from tests.leakbench.peeranswers import PeerAnswer
from tests.leakbench.runner import Result

__all__ = ["PeerTotals", "Score", "Totals", "misses", "total"]

RIGHT_FIRST: Final = 0.95
AMONG_FIRST: Final = 1.0
OWNERS: Final = 0.9
SILENT: Final = 1.0
BLAMED: Final = 0.95


@dataclass(frozen=True, slots=True)
class Score:
    """So many of so many."""

    right: int
    of: int

    @property
    def share(self) -> float:
        return self.right / self.of if self.of else 1.0

    def __str__(self) -> str:
        return f"{self.right} of {self.of}"


@dataclass(frozen=True, slots=True)
class Totals:
    """How heapdiff did with so many snapshots of one mix of traffic. Where a verdict is the answer, right is first.

    `owners` are the cases of native memory that Python objects own; they are in no other score. `sites` and `culprits`
    are those in which the sampler ran and enough grew: who allocated it, and in which view, task or job.
    """

    mix: Mix
    snapshots: int
    first: Score
    among_first: Score
    owners: Score
    verdicts: Score
    silent: Score
    sites: Score
    culprits: Score

    @property
    def where(self) -> str:
        """Such as `3 snapshots, half`; the mix only where there is one."""
        return f"{self.snapshots} snapshots" + ("" if self.mix is Mix.ALL else f", {self.mix}")


@dataclass(frozen=True, slots=True)
class PeerTotals:
    """How often a peer names the leaked type and the holder, and how much it prints if nothing leaks."""

    peer: str
    type_in_three: Score
    type_in_ten: Score
    holder: Score
    lines_if_healthy: float


def total(results: Sequence[Result]) -> tuple[Totals, ...]:
    """For each mix of traffic that was tried and each choice of snapshots."""
    mixes = [mix for mix in Mix if any(result.mix is mix for result in results)]
    return tuple(
        count([result for result in results if result.mix is mix], mix, len(choice))
        for mix in mixes
        for choice in CHOICES
    )


def count(results: Sequence[Result], mix: Mix, snapshots: int) -> Totals:
    """A case without an answer is counted as wrong."""
    leaks, owners, healthy = divide(results)

    def score(group: Sequence[Result], quality: str) -> Score:
        graded = [answer_with(result, snapshots) for result in group]
        return Score(sum(bool(each and getattr(each, quality)) for each in graded), len(group))

    answers = [answer_with(result, snapshots) for result in results]
    blames = [answer.blame for answer in answers if answer and answer.blame]
    return Totals(
        mix,
        snapshots,
        score(leaks, "right"),
        score(leaks, "among_first"),
        score(owners, "right"),
        score([*leaks, *healthy], "verdict_right"),
        score(healthy, "right"),
        Score(sum(blame.site_right for blame in blames), len(blames)),
        Score(sum(blame.entry_right for blame in blames), len(blames)),
    )


def answer_with(result: Result, snapshots: int) -> Answer | None:
    return next((answer for answer in result.answers if answer.snapshots == snapshots), None)


def divide(results: Sequence[Result]) -> tuple[list[Result], list[Result], list[Result]]:
    """The leaks, those of native memory that objects own, and the healthy ones."""
    owners = [result for result in results if question_of(result.case) is Question.OWNER]
    healthy = [result for result in results if question_of(result.case) is Question.SILENCE]
    leaks = [result for result in results if result not in owners and result not in healthy]
    return leaks, owners, healthy


def misses(totals: Sequence[Totals]) -> tuple[str, ...]:
    """The thresholds that were missed, each in a line."""
    rules = (
        ("right first", "first", RIGHT_FIRST),
        (f"right among the first {LISTED}", "among_first", AMONG_FIRST),
        ("native growth named with its owner", "owners", OWNERS),
        ("healthy and silent", "silent", SILENT),
        ("site named by samples", "sites", BLAMED),
        ("entry named by samples", "culprits", BLAMED),
    )
    return tuple(
        f"with {each.where}, {name}: {score}, wanted {wanted:.0%}"
        for each in totals
        for name, field, wanted in rules
        if (score := getattr(each, field)).share < wanted
    )


def total_peers(results: Sequence[Result]) -> tuple[PeerTotals, ...]:
    names = list(dict.fromkeys(answer.peer for result in results for answer in result.peers))
    return tuple(count_peer(results, name) for name in names)


def count_peer(results: Sequence[Result], peer: str) -> PeerTotals:
    leaks, owners, healthy = divide(results)
    leaks = leaks + owners
    typed = [answer for result in leaks if result.case.leaked for answer in of_peer(result, peer)]
    held = [answer for result in leaks if result.case.holders for answer in of_peer(result, peer)]
    quiet = [answer for result in healthy for answer in of_peer(result, peer)]
    ranks = [answer.type_line for answer in typed]
    return PeerTotals(
        peer,
        Score(sum(rank is not None and rank <= LISTED for rank in ranks), len(typed)),
        Score(sum(rank is not None for rank in ranks), len(typed)),
        Score(sum(answer.holder_line is not None for answer in held), len(held)),
        sum(len(answer.lines) for answer in quiet) / len(quiet) if quiet else 0.0,
    )


def of_peer(result: Result, peer: str) -> list[PeerAnswer]:
    return [answer for answer in result.peers if answer.peer == peer]
