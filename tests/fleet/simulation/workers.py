"""The fleet's processes: where each place of a worker is, and the lives that it has had."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from tests.fleet.simulation.plan import Plan

Integers = NDArray[np.int64]
Floats = NDArray[np.float64]
Truths = NDArray[np.bool_]


@dataclass(frozen=True)
class Places:
    """One entry for each worker that there is at any time. `skew`: seconds by which its host's clock is wrong."""

    service: Integers
    pod: Integers
    host: Integers
    weight: Floats
    offset: Floats
    skew: Floats
    counts: Truths
    moves: Floats  # when in a release's rollout it is its turn: 0 first


@dataclass
class Lives:
    """Grows by one for each start of a worker: the place, the release's number, when it started and ended, what it showed.

    `seen` are the comparisons that listed each leak; `ended` is NaN of those that still run.
    """

    place: list[int] = field(default_factory=list)
    release: list[int] = field(default_factory=list)
    started: list[float] = field(default_factory=list)
    ended: list[float] = field(default_factory=list)
    seen: list[Sequence[int]] = field(default_factory=list)

    def begin(self, places: Integers, releases: Integers, at: float) -> Integers:
        first = len(self.place)
        self.place += places.tolist()
        self.release += releases.tolist()
        self.started += [at] * len(places)
        self.ended += [float("nan")] * len(places)
        self.seen += [()] * len(places)
        return np.arange(first, len(self.place))

    def end(self, lives: Integers, at: float, seen: Integers) -> None:
        for number, life in enumerate(lives.tolist()):
            self.ended[life] = at
            self.seen[life] = seen[:, number].tolist()


def settle(plan: Plan, random: np.random.Generator) -> Places:
    """Every service's workers, in pods; each pod is a host's."""
    shares = np.array([service.share for service in plan.services])
    counts = np.maximum(1, np.floor(shares / shares.sum() * plan.workers)).astype(np.int64)
    counts[0] += plan.workers - counts.sum()
    service = np.repeat(np.arange(len(plan.services)), counts)
    within = np.concatenate([np.arange(count) for count in counts])
    pod = within // np.array([each.per_pod for each in plan.services])[service]
    host = (pod * len(plan.services) + service) // 3  # three pods to a host
    skew = np.zeros(len(service))
    for number, seconds in enumerate(plan.skews):
        skew[host == 2 + 5 * number] = seconds
    counted = np.array([each.counts for each in plan.services])[service]
    counted &= random.random(len(service)) >= plan.uncounted
    return Places(
        service,
        pod,
        host,
        random.lognormal(0, 0.25, len(service)),
        random.random(len(service)) * plan.step_s * 0.95,
        skew,
        counted,
        _take_turns(service, random),
    )


def _take_turns(service: Integers, random: np.random.Generator) -> Floats:
    """An even share of 0 to 1 for each worker of a service, in random order."""
    turns = np.zeros(len(service))
    for number in range(int(service.max()) + 1):
        those = np.flatnonzero(service == number)
        turns[random.permutation(those)] = (np.arange(len(those)) + 0.5) / len(those)
    return turns


def find_releases(plan: Plan, places: Places, at: float) -> Integers:
    """The number of the release that each worker should run when `at` of the whole time has passed."""
    found = np.zeros(len(places.service), np.int64)
    smallest = 0.5 / np.bincount(places.service).astype(float)[places.service]
    for number, release in enumerate(plan.releases):
        for which, service in enumerate(plan.services):
            start = release.starts.get(service.name)
            if start is None or start > at:
                continue
            after = at - start - release.waits
            share = release.canary if after < 0 else max(release.canary, after / release.takes)
            turn = (places.moves <= np.maximum(share, smallest)) & (places.service == which)
            found[turn] = number
    return found
