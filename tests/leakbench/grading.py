"""Grades one comparison against the truth of its case. No I/O."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from heapdiff.answers import Comparison, Confidence, Suspect, VerdictKind
from tests.leakbench.blame import Blame, judge_blame
from tests.leakbench.case import Case

__all__ = ["LISTED", "Answer", "Question", "grade", "question_of"]

LISTED: Final = 3


class Question(StrEnum):
    """What a case asks: who holds it, which kind of growth it is, or nothing, as nothing leaks."""

    HOLDER = "holder"
    OWNER = "owner"  # who holds the objects that own native memory
    NATIVE = "native"
    VERDICT = "verdict"
    SILENCE = "silence"


SAYS_GROWTH: Final = frozenset({VerdictKind.LEAK, VerdictKind.GROWTH})
ALARMS: Final = frozenset(
    {VerdictKind.LEAK, VerdictKind.NATIVE, VerdictKind.FRAGMENTATION, VerdictKind.GARBAGE}
)


@dataclass(frozen=True, slots=True)
class Answer:
    """What heapdiff said of one case with so many snapshots, and whether it is right.

    `rank` is that of the first right suspect, None without one; `suspect` is the path of the first of all; `blame` is
    what was said of who allocated what the right one keeps.
    """

    snapshots: int
    verdict: VerdictKind
    verdict_right: bool
    rank: int | None
    suspect: str | None
    holds: str | None
    confidence: Confidence | None
    right: bool
    among_first: bool
    text: str
    headline: str = ""
    blame: Blame | None = None


def question_of(case: Case) -> Question:
    if case.holders:
        return Question.OWNER if case.native else Question.HOLDER
    if VerdictKind.STABLE in case.verdicts:
        return Question.SILENCE
    return Question.NATIVE if VerdictKind.NATIVE in case.verdicts else Question.VERDICT


def grade(case: Case, comparison: Comparison) -> Answer:
    """Whether it names the right holder first, gives the right verdict, or stays silent, as the case asks."""
    named = next((suspect for suspect in comparison.suspects if is_right(case, suspect)), None)
    rank = named.rank if named else None
    first = comparison.suspects[0] if comparison.suspects else None
    right, among_first = JUDGES[question_of(case)](case, comparison, rank)
    return Answer(
        snapshots=len(comparison.snapshots),
        verdict=comparison.verdict.kind,
        verdict_right=comparison.verdict.kind in case.verdicts,
        rank=rank,
        suspect=first.holder.path if first else None,
        holds=first.holds[0].type if first and first.holds else None,
        confidence=first.confidence if first else None,
        right=right,
        among_first=among_first,
        text=comparison.verdict.text if first is None else first.reason,
        headline=comparison.verdict.text,
        blame=judge_blame(case, named),
    )


def is_right(case: Case, suspect: Suspect) -> bool:
    """Its whole path is one of the case's holders, and it keeps the type that leaks."""
    named = any(re.fullmatch(holder, suspect.holder.path) for holder in case.holders)
    return named and (case.leaked is None or any(held.type == case.leaked for held in suspect.holds))


def judge_holder(case: Case, comparison: Comparison, rank: int | None) -> tuple[bool, bool]:
    """The right one in the first place, under a verdict that says so; or among the first, under one that asks for more."""
    right = comparison.verdict.kind in case.verdicts
    said, open_ = says_growth(comparison) or right, leaves_open(comparison) or right
    return said and rank == 1, open_ and rank is not None and rank <= LISTED


def says_growth(comparison: Comparison) -> bool:
    """Two snapshots may also leave it to a third."""
    kind = comparison.verdict.kind
    return kind in SAYS_GROWTH or (kind is VerdictKind.INCONCLUSIVE and len(comparison.snapshots) == 2)


def leaves_open(comparison: Comparison) -> bool:
    """It doesn't send the reader away, or to another kind of growth."""
    return comparison.verdict.kind in SAYS_GROWTH | {VerdictKind.INCONCLUSIVE}


def judge_owner(case: Case, comparison: Comparison, rank: int | None) -> tuple[bool, bool]:
    """Named first or in the verdict's text, and the native memory is said to be theirs."""
    suspects = comparison.suspects[:LISTED]
    of_first = [is_right(case, suspect) and owns_native(comparison, suspect) for suspect in suspects]
    in_text = comparison.verdict.kind is VerdictKind.NATIVE and any(
        re.search(holder, comparison.verdict.text) for holder in case.holders
    )
    return in_text or (rank == 1 and of_first[0]), in_text or any(of_first)


def owns_native(comparison: Comparison, suspect: Suspect) -> bool:
    """The verdict says native, or native memory is credited to the suspect, under a verdict of growth."""
    if comparison.verdict.kind is VerdictKind.NATIVE:
        return True
    return says_growth(comparison) and bool(getattr(suspect, "native_bytes_delta", None))


def judge_verdict(case: Case, comparison: Comparison, _rank: int | None) -> tuple[bool, bool]:
    """Right, or with two snapshots left to a third."""
    kind = comparison.verdict.kind
    right = kind in case.verdicts
    return right, right or (kind is VerdictKind.INCONCLUSIVE and len(comparison.snapshots) == 2)


def judge_native(case: Case, comparison: Comparison, _rank: int | None) -> tuple[bool, bool]:
    """The right verdict; two snapshots may say that the process grew, and leave it to a third whether it goes on."""
    right, among_first = judge_verdict(case, comparison, None)
    left = among_first and comparison.verdict.text.startswith("The process grew by")
    return right or left, among_first


def judge_silence(_case: Case, comparison: Comparison, _rank: int | None) -> tuple[bool, bool]:
    silent = is_silent(comparison)
    return silent, silent


def is_silent(comparison: Comparison) -> bool:
    """Nothing that would wake anybody: only weak suspects, and no verdict that says something leaks."""
    weak = all(suspect.confidence is Confidence.LOW for suspect in comparison.suspects)
    return weak and comparison.verdict.kind not in ALARMS


JUDGES: Final[Mapping[Question, Callable[[Case, Comparison, int | None], tuple[bool, bool]]]] = {
    Question.HOLDER: judge_holder,
    Question.OWNER: judge_owner,
    Question.NATIVE: judge_native,
    Question.VERDICT: judge_verdict,
    Question.SILENCE: judge_silence,
}
