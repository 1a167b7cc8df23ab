"""What works on this machine, as values that `doctor` fills in and the renderers print."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

__all__ = ["Check", "CheckState", "Checkup"]


class CheckState(StrEnum):
    OK = "ok"
    LIMITED = "limited"
    BROKEN = "broken"


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at: what was found, and what to do where that is not good."""

    name: str
    state: CheckState
    found: str
    todo: str


@dataclass(frozen=True, slots=True)
class Checkup:
    """All checks of one run, for this machine or for one process (`pid`)."""

    pid: int | None
    checks: tuple[Check, ...]
