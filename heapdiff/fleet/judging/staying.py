"""Whether what a holder gained is still there an interval later: a queue that grows and drains gains all the time.

A comparison lists growth only, so a holder's own rows can't tell. All Python objects of its worker can: of what a leak gained,
they lose nothing in the next interval; of what a queue gained, most.
"""

from __future__ import annotations

import math
from typing import Final

from heapdiff.fleet.judging.evidence import Evidence
from heapdiff.fleet.judging.margins import Ratio
from heapdiff.fleet.judging.thresholds import DRAINED, NEARLY_ALWAYS

DEVIATIONS: Final = 3.0


def may_drain(evidence: Evidence) -> bool:
    """Growth in nearly every interval leaves no time to drain."""
    return 0 < evidence.found < NEARLY_ALWAYS * evidence.affected_intervals


def drains(afterwards: Ratio) -> bool:
    """`afterwards`: what came in the next interval for each byte that was gained, negative where it went."""
    if not math.isfinite(afterwards.variance):
        return False
    return afterwards.rate < -DRAINED and afterwards.rate + DEVIATIONS * math.sqrt(afterwards.variance) < 0
