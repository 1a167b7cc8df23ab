"""The answer to `advise`: what the worker could do without, where that is, and what to change."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from heapdiff.answers.reference import Confidence, SnapshotRef


class Topic(str, Enum):
    """Which of the nine classic tips for large Flask projects a finding belongs to."""

    DATA_STRUCTURES = "data-structures"
    CONNECTIONS = "connections"
    CACHING = "caching"
    DATA_IN_MEMORY = "data-in-memory"
    GLOBALS = "globals"
    LAZY_LOADING = "lazy-loading"
    LIBRARIES = "libraries"
    RESTARTS = "restarts"
    MONITORING = "monitoring"


@dataclass(frozen=True, slots=True)
class Finding:
    """What one rule found in one place.

    `bytes` is what it takes now, in the sizes that the allocator gives out; `saves_bytes` what the change would free, None
    where a snapshot can't tell. `change` says what to do in a sentence, `code` in a few lines of Python or configuration, and
    `check` how to see afterwards that it helped. `reason` says why the rule is as sure as `confidence`.
    """

    rule: str
    topic: Topic
    title: str
    bytes: int
    saves_bytes: int | None
    share: float  # of the heap's bytes
    holder: str | None
    type: str | None
    count: int
    example: str
    change: str
    confidence: Confidence
    headline: bool
    page: str
    code: tuple[str, ...] = ()
    check: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Advice:
    """The findings on one process, headlines first, then by what they save or take."""

    snapshots: tuple[SnapshotRef, ...]
    findings: tuple[Finding, ...]
    notes: tuple[str, ...] = ()
