"""In which releases a leak is: it came with one, and may be gone with a later one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from heapdiff.answers import Confidence
from heapdiff.fleet.judging.evidence import Evidence, pool
from heapdiff.fleet.judging.thresholds import GONE, LEAST_EXPECTED, STILL_THERE
from heapdiff.fleet.judging.verdicts import Judgement, Kind, judge


@dataclass(frozen=True, slots=True)
class Presence:
    """`present` are the numbers of the releases that have it, in their order; `gone_with` is that of the first later one that has
    lost it and in which, as in all after it, it isn't seen again. `judgement` is over `evidence`: those that have it."""

    judgement: Judgement
    evidence: Evidence
    present: tuple[int, ...]
    gone_with: int | None

    @property
    def share(self) -> float:
        """How many of all intervals show it, where it is."""
        return self.evidence.found / max(self.evidence.exposure.intervals, 1)


def find_presence(releases: Sequence[Evidence]) -> Presence:
    """`releases` in the order in which they came, also those in which nothing was found.

    Each is judged by itself first: before it leaked, the holder may have been a cache that filled. Those that say too little
    alone are judged together. One that only may leak is held against all others, too: among many releases noise looks like a
    leak in some.
    """
    judged = [judge(each) for each in releases]
    leaking = [number for number, judgement in enumerate(judged) if judgement.kind is Kind.LEAK]
    sure = [number for number in leaking if judged[number].confidence is not Confidence.LOW]
    open_ones = [
        number
        for number, judgement in enumerate(judged)
        if releases[number].found and (judgement.kind is Kind.TOO_LITTLE or number in leaking)
    ]
    seen = sure or [number for number, each in enumerate(releases) if each.found]
    joined = judge(pool(releases[number] for number in seen))
    if not sure and joined.kind not in (Kind.LEAK, Kind.NOISE):
        together = judge(pool(releases[number] for number in open_ones))
        if together.kind is Kind.LEAK:
            seen, joined = open_ones, together
    if joined.kind is not Kind.LEAK and sure:
        joined = max(
            (judged[number] for number in sure), key=lambda each: -_ORDER.index(each.confidence.value)
        )
    evidence = pool(releases[number] for number in seen)
    share = evidence.found / max(evidence.exposure.intervals, 1)
    present = tuple(number for number, each in enumerate(releases) if number in seen or _has(each, share))
    return Presence(joined, evidence, present, _gone_with(releases, present, share))


_ORDER = ("high", "medium", "low")


def _has(release: Evidence, share: float) -> bool:
    return release.found > 0 and release.found >= STILL_THERE * share * release.exposure.intervals


def _gone_with(releases: Sequence[Evidence], present: tuple[int, ...], share: float) -> int | None:
    for number in range(present[-1] + 1 if present else 0, len(releases)):
        due = share * releases[number].exposure.intervals
        if due >= LEAST_EXPECTED and releases[number].found <= GONE * due:
            return number
    return None
