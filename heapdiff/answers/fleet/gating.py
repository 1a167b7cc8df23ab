"""Whether a release leaks more than another."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class GateVerdict(str, Enum):
    """`inconclusive`: one of the releases was observed too little to tell."""

    PASSED = "passed"
    FAILED = "failed"
    INCONCLUSIVE = "inconclusive"


@dataclass(frozen=True, slots=True)
class GateSide:
    """What was observed of one service's release at the ages that are compared."""

    service: str
    release: str
    workers: int
    intervals: int
    hours: float


@dataclass(frozen=True, slots=True)
class GateRow:
    """One holder in both releases. The rates are over all observed workers, per request or per hour as `unit` says; `chance` is
    the probability that such a difference comes about without a cause."""

    service: str
    fingerprint: str
    path: str
    change: str  # new, grown, same, less
    failed: bool
    unit: str
    before: float
    before_margin: float | None
    after: float
    after_margin: float | None
    workers_before: int
    workers_after: int
    chance: float
    reason: str


@dataclass(frozen=True, slots=True)
class Gate:
    """Whether a release leaks more than the one before it, and by which holders."""

    lake: str
    verdict: GateVerdict
    reason: str
    before: tuple[GateSide, ...]
    after: tuple[GateSide, ...]
    rows: tuple[GateRow, ...]
    notes: tuple[str, ...]
