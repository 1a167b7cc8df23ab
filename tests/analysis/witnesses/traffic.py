"""Traffic as a server has it: 12 endpoints, 4 threads, a thousand calls between two snapshots; and what leaks in it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

ENDPOINTS, THREADS, CALLS = 12, 4, 1000
LEAKING = 7
EVENNESS = 2.0  # of their shares: some are called ten times as often as others

Floats = NDArray[np.float64]
Leak = Callable[[np.random.Generator, "Traffic"], Floats]
"""The entries that come in each step."""


@dataclass(frozen=True)
class Traffic:
    """Steps between snapshots. `halfway` are the calls that each snapshot caught: counted, and still to leak."""

    calls: NDArray[np.int64]  # (s, e)
    halfway: NDArray[np.int64]  # (s + 1, e)
    seconds: Floats  # (s,)

    @property
    def requests(self) -> NDArray[np.int64]:
        return np.array(self.calls.sum(axis=1))

    @property
    def done(self) -> NDArray[np.int64]:
        """The calls of each endpoint that had leaked between two snapshots."""
        return self.calls - np.diff(self.halfway, axis=0)


def make_traffic(random: np.random.Generator, snapshots: int, mix: str, pair: bool = False) -> Traffic:
    """`mix`: whether its shares stay the `same`, each `drifts` by 30 % at most, or `varies` by a factor of e."""
    steps = snapshots - 1
    usual = random.dirichlet(np.full(ENDPOINTS, EVENNESS))
    if mix == "same":
        factors = np.ones((steps, ENDPOINTS))
    elif mix == "drifts":
        factors = random.uniform(0.7, 1.3, (steps, ENDPOINTS))
    else:
        factors = np.exp(random.uniform(-1, 1, (steps, ENDPOINTS)))
    shares = usual * factors
    shares /= shares.sum(axis=1, keepdims=True)
    amounts = random.poisson(CALLS * random.uniform(0.7, 1.3, steps))
    calls = np.array(
        [random.multinomial(amount, share) for amount, share in zip(amounts, shares, strict=True)]
    )
    if pair:
        calls[:, LEAKING - 1] = calls[:, LEAKING]
    caught = random.multinomial(THREADS, usual, steps + 1)
    return Traffic(
        calls, random.binomial(caught, 0.5), amounts / CALLS * 60 * random.uniform(0.8, 1.25, steps)
    )


def every_third(_: np.random.Generator, traffic: Traffic) -> Floats:
    leaked = np.cumsum(traffic.done[:, LEAKING]) // 3
    return np.diff(leaked, prepend=0).astype(float)


def at_random(random: np.random.Generator, traffic: Traffic) -> Floats:
    return random.binomial(np.maximum(traffic.done[:, LEAKING], 0), 1 / 3).astype(float)


def one_per_call(_: np.random.Generator, traffic: Traffic) -> Floats:
    return traffic.done[:, LEAKING].astype(float)


def by_any_request(random: np.random.Generator, traffic: Traffic) -> Floats:
    return random.binomial(traffic.requests, 0.1).astype(float)


def by_a_thread(random: np.random.Generator, traffic: Traffic) -> Floats:
    """One each second: it's not the requests."""
    return random.poisson(traffic.seconds).astype(float)


def by_a_filling_cache(random: np.random.Generator, traffic: Traffic) -> Floats:
    """Each request looks up one of so many keys."""
    return _fill(random, traffic.requests)


def by_a_view_that_fills_a_cache(random: np.random.Generator, traffic: Traffic) -> Floats:
    return _fill(random, traffic.calls[:, LEAKING])


def _fill(random: np.random.Generator, lookups: NDArray[np.int64]) -> Floats:
    keys = round(random.uniform(0.1, 1.0) * lookups.sum())
    known: set[int] = set()
    sizes = []
    for count in lookups.tolist():
        known.update(random.integers(0, keys, count).tolist())
        sizes.append(len(known))
    return np.diff(np.array(sizes, float), prepend=0.0)
