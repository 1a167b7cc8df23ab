"""Whether what a holder gained is still there: a queue that grows and drains gains all the time, and its worker doesn't grow.

A comparison lists growth only, so a holder's own rows can't tell. All Python objects of the workers together can: in the later
part of their lives, they grow by what the holders there keep.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

from heapdiff.fleet.judging.evidence import Evidence, later_part
from heapdiff.fleet.judging.thresholds import DRAINS, FEW_LINES, NEARLY_ALWAYS

HOUR_S: Final = 3600
DEVIATIONS: Final = 2.0


@dataclass(frozen=True, slots=True)
class Staying:
    """Per worker and hour, in bytes: what a holder gained, and the most that may have stayed of it."""

    gained: float
    stayed: float

    @property
    def drains(self) -> bool:
        return self.gained > DRAINS * self.stayed


def find_staying(evidence: Evidence) -> Staying | None:
    """None where it can't be told: too few workers, or growth in nearly every interval, which leaves no time to drain."""
    if evidence.found >= NEARLY_ALWAYS * evidence.affected_intervals:
        return None
    late = evidence.sum(later_part(evidence))
    seconds, python = late.exposure.seconds, late.exposure.python
    if not seconds or not late.found or python.workers < FEW_LINES or not math.isfinite(python.variance):
        return None
    left = python.rate - late.steadier * HOUR_S / seconds
    return Staying(late.bytes * HOUR_S / seconds, max(left, 0.0) + DEVIATIONS * math.sqrt(python.variance))
