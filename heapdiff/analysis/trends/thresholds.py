"""What counts as much, even or slower: every threshold of the judgement, and none anywhere else."""

from __future__ import annotations

from typing import Final

__all__ = [
    "CHANCE",
    "EVEN",
    "FEW_PER_REQUEST",
    "LISTED_BYTES",
    "LISTED_UNITS",
    "MANY_BYTES",
    "MANY_UNITS",
    "SLOWING",
    "SURE_BYTES",
    "SURE_UNITS",
    "WHOLE",
]

LISTED_UNITS: Final = 20  # below both: noise of any process
LISTED_BYTES: Final = 16 << 10
SURE_UNITS: Final = 5 * LISTED_UNITS
SURE_BYTES: Final = 4 * LISTED_BYTES
MANY_UNITS: Final = 10 * SURE_UNITS  # much at any rate
MANY_BYTES: Final = 16 * SURE_BYTES
EVEN: Final = 0.1  # how far a rate may be from another, or from a whole number of entries per request
WHOLE: Final = 0.02  # the same where a single step is all there is to judge by
FEW_PER_REQUEST: Final = 3  # no more come of one module or class made for a request
SLOWING: Final = 0.6  # the last step's rate against the first's: it ends
CHANCE: Final = 2  # standard deviations of what comes at random, by which a step may fall behind
