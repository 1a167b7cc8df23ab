"""Which endpoint's calls explain a growth best: a likelihood test among all that may drive it.

Each endpoint, all requests together, and time are hypotheses: as much came with each call, request or second. Each may also
be a cache that fills, to which less and less comes; without those rivals a cache is put on whatever was called less and
less. Errors: what comes by chance (Poisson), calls that a snapshot caught halfway, and a tenth of anything. Least squares
with all endpoints at once was tried, and is wrong too often.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from math import log
from typing import Final

import numpy as np
from numpy.typing import NDArray

LEAST_STEPS: Final = 4
LIKELIER: Final = log(20)  # than any other, to be named
FALLING: Final = 2.0  # by how much a falling rate must explain it better, in logarithms, for the rate to fall
IN_FLIGHT: Final = (
    2.0  # calls at each snapshot: variance of how many were counted whose growth is still to come
)
DISPERSION: Final = 0.1
FILLS_AFTER: Final = (0.1, 0.2, 0.4, 0.8, 1.6, 3.2)  # of all exposure, until a cache has 63 % of its entries
TOGETHER: Final = 0.02
MOST_TOGETHER: Final = 3

Floats = NDArray[np.float64]


class Driver(Enum):
    """What a growth goes with. UNCLEAR: nothing is likely enough; FALLING: a constant rate doesn't explain it."""

    CALLS = "calls"
    REQUESTS = "requests"
    TIME = "time"
    FALLING = "falling"
    UNCLEAR = "unclear"


@dataclass(frozen=True, slots=True)
class Finding:
    """What drives a growth; if calls do, of which endpoints, by index: of several that are always called together."""

    driver: Driver
    endpoints: tuple[int, ...] = ()


def find_driver(growth: Floats, calls: Floats, requests: Floats, seconds: Floats) -> Finding:
    """`growth`, (s,), are the entries that came in each step; `calls`, (s, e), those of each endpoint. O(s e)."""
    count = calls.shape[1]
    if len(growth) < LEAST_STEPS or growth.min() < 0 or not growth.any():
        return Finding(Driver.UNCLEAR)
    exposures = np.column_stack([calls, requests, seconds])
    in_flight = np.append(np.full(count + 1, IN_FLIGHT), 0.0)
    constant = _log_likelihoods(growth, exposures, in_flight)
    filling = [_log_likelihoods(growth, _filled(exposures, share), in_flight) for share in FILLS_AFTER]
    either = np.maximum(constant, np.max(filling, axis=0) - FALLING)
    leader = int(np.argmax(constant))
    if either[leader] > constant[leader]:
        return Finding(Driver.FALLING)
    likely = np.flatnonzero(either > constant[leader] - LIKELIER)
    if likely.tolist() == [leader]:
        if leader < count:
            return Finding(Driver.CALLS, (leader,))
        return Finding(Driver.REQUESTS if leader == count else Driver.TIME)
    if len(likely) <= MOST_TOGETHER and likely.max() < count and _are_together(calls[:, likely]):
        return Finding(Driver.CALLS, tuple(likely.tolist()))
    return Finding(Driver.UNCLEAR)


def _log_likelihoods(growth: Floats, exposures: Floats, in_flight: Floats) -> Floats:
    """Of each column, up to a constant; minus infinity for what never happened."""
    total = exposures.sum(axis=0)
    happened = total > 0
    rate = growth.sum() / np.where(happened, total, 1.0)
    expected = exposures * rate
    chance = expected * np.maximum(1.0, rate)
    variance = 1.0 + chance + 2 * in_flight * rate**2 + (DISPERSION * expected) ** 2
    fit = -0.5 * ((growth[:, None] - expected) ** 2 / variance + np.log(variance)).sum(axis=0)
    return np.where(happened, fit, -np.inf)


def _filled(exposures: Floats, share: float) -> Floats:
    """How much of a cache each step fills, if `share` of all exposure fills 63 % of it."""
    scale = np.maximum(share * exposures.sum(axis=0), 1e-9)
    left = np.exp(-np.cumsum(exposures, axis=0) / scale)
    filled: Floats = -np.diff(left, axis=0, prepend=1.0) * scale
    return filled


def _are_together(calls: Floats) -> bool:
    """Whether each was called as often as the others in every step, or so many times as often, to a call or 2 %."""
    total = calls.sum(axis=0)
    scaled = calls / total * total.min()
    mean = scaled.mean(axis=1, keepdims=True)
    return bool((np.abs(scaled - mean) <= np.maximum(1.0, TOGETHER * mean)).all())
