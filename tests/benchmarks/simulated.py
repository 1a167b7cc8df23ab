"""Resident memory of workers that never were: drift, steps, sawtooth, autocorrelated noise, and a warm-up before the drift."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

__all__ = ["KINDS", "Run", "simulate"]

MB: Final = 1e6
BEGINNING: Final = 120 * MB
LIMIT: Final = 512 * MB
MOMENTS: Final = 4000  # in which the limit is reached after some 2000

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Run:
    """`seen` are the samples that a forecast is made from, at the moments `at`; the limit is reached at `reached`."""

    kind: str
    at: Floats
    seen: Floats
    limit: float
    reached: float


def simulate(kind: str, seed: int) -> Run:
    random = np.random.default_rng(seed)
    while True:
        course = KINDS[kind](random)
        over = np.flatnonzero(course >= LIMIT)
        if len(over):
            break
    reached = int(over[0])
    last = int(reached * random.uniform(0.3, 0.8))
    samples = int(random.choice([6, 12, 24, 64, 120]))
    at = np.unique(np.linspace(0, last, samples).astype(int))
    return Run(kind, at.astype(float), course[at], LIMIT, float(reached))


def _drift(random: np.random.Generator) -> Floats:
    noise: Floats = random.normal(0, random.uniform(0.5, 6) * MB, MOMENTS)
    return BEGINNING + _line(random) + noise


def _steps(random: np.random.Generator) -> Floats:
    """Some large allocations that stay, at random moments, of random sizes."""
    large = random.exponential(random.uniform(4, 16) * MB, MOMENTS)
    often = 0.2 * MB / large.mean()
    return BEGINNING + np.cumsum(np.where(random.random(MOMENTS) < often, large, 0.0))


def _sawtooth(random: np.random.Generator) -> Floats:
    """A buffer that fills and is emptied, on top of a leak."""
    period, height = random.integers(20, 300), random.uniform(5, 40) * MB
    phase = (np.arange(MOMENTS) + random.integers(0, period)) % period / period
    return BEGINNING + _line(random) + height * phase + random.normal(0, 0.5 * MB, MOMENTS)


def _noise(random: np.random.Generator) -> Floats:
    """Noise that remembers, around a leak."""
    memory = random.uniform(0.9, 0.995)
    shocks = random.normal(0, random.uniform(3, 12) * MB * np.sqrt(1 - memory**2), MOMENTS)
    noise = np.zeros(MOMENTS)
    for moment in range(1, MOMENTS):
        noise[moment] = memory * noise[moment - 1] + shocks[moment]
    return BEGINNING + _line(random) + noise


def _warm_up(random: np.random.Generator) -> Floats:
    """Caches and imports fill first."""
    filled, pace = random.uniform(20, 100) * MB, random.uniform(30, 200)
    noise = random.normal(0, random.uniform(0.3, 2) * MB, MOMENTS)
    return BEGINNING + _line(random) + filled * (1 - np.exp(-np.arange(MOMENTS) / pace)) + noise


def _line(random: np.random.Generator) -> Floats:
    return random.uniform(0.15, 0.25) * MB * np.arange(MOMENTS, dtype=np.float64)


KINDS: Final[Mapping[str, Callable[[np.random.Generator], Floats]]] = {
    "drift": _drift,
    "steps": _steps,
    "sawtooth": _sawtooth,
    "noise": _noise,
    "warm-up": _warm_up,
}
