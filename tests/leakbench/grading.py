"""Grades one comparison against the truth of its case. No I/O."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

from heapdiff.answers import Comparison, Confidence, Suspect, VerdictKind
from tests.leakbench.case import Case

__all__ = ["Answer", "Question", "grade", "question_of"]

LISTED = 3


class Question(StrEnum):
    """What a case asks: who holds it, which kind of growth it is, or nothing, as nothing leaks."""

    HOLDER = "holder"
    VERDICT = "verdict"
    SILENCE = "silence"


@dataclass(frozen=True, slots=True)
class Answer:
    """What heapdiff said of one case with so many snapshots, and whether it is right.

    `rank` is that of the first right suspect, None without one; `suspect` is the path of the first of all.
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


def question_of(case: Case) -> Question:
    if case.holders:
        return Question.HOLDER
    return Question.SILENCE if VerdictKind.STABLE in case.verdicts else Question.VERDICT


def grade(case: Case, comparison: Comparison) -> Answer:
    """Whether it names the right holder first, gives the right verdict, or stays silent, as the case asks."""
    rank = next((suspect.rank for suspect in comparison.suspects if is_right(case, suspect)), None)
    kind = comparison.verdict.kind
    question = question_of(case)
    first = comparison.suspects[0] if comparison.suspects else None
    if question is Question.HOLDER:
        right, among_first = rank == 1, rank is not None and rank <= LISTED
    elif question is Question.VERDICT:
        right = among_first = kind in case.verdicts
    else:
        right = among_first = is_silent(comparison)
    return Answer(
        snapshots=len(comparison.snapshots),
        verdict=kind,
        verdict_right=kind in case.verdicts,
        rank=rank,
        suspect=first.holder.path if first else None,
        holds=first.holds[0].type if first and first.holds else None,
        confidence=first.confidence if first else None,
        right=right,
        among_first=among_first,
        text=comparison.verdict.text if first is None else first.reason,
    )


def is_right(case: Case, suspect: Suspect) -> bool:
    """Its whole path is one of the case's holders, and it keeps the type that leaks."""
    named = any(re.fullmatch(holder, suspect.holder.path) for holder in case.holders)
    return named and (case.leaked is None or any(held.type == case.leaked for held in suspect.holds))


def is_silent(comparison: Comparison) -> bool:
    """Nothing that would wake anybody: only weak suspects, and no verdict that says leak."""
    weak = all(suspect.confidence is Confidence.LOW for suspect in comparison.suspects)
    return weak and comparison.verdict.kind is not VerdictKind.LEAK
