"""What it costs to sample allocations, as `python -m tests.benchmarks.sampling` measures it on a Flask request."""

from typing import Final

COSTS: Final = (  # mean bytes from one sample to the next, and at most how many percent more CPU time a request takes
    (512_000, 4.5),
    (64_000, 5.5),
    (16_000, 7.0),
    (4_000, 12.0),
)


def cost_percent(interval: int) -> float | None:
    """What was measured at this interval or the next smaller one; None for a smaller one than any."""
    return next((percent for measured, percent in COSTS if interval >= measured), None)
