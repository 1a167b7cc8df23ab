"""What is so in a simulated fleet: which leaks there are, where and since when, and what they cost. None of it is from rows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from tests.fleet.simulation.plan import Holder, Plan
from tests.fleet.simulation.world import VARIANTS, World

__all__ = ["LeakTruth", "Truth", "find_truth"]

SURELY: Final = 12  # comparisons of one life that listed it: enough for anybody to say that the worker has it


@dataclass(frozen=True, slots=True)
class LeakTruth:
    """`services` and what follow are of those that ever had it; `gone` is the first release without it, "" if there is none.

    `lives` showed it in at least one comparison, `sure_lives` in many; `places` are the workers that these were of.
    `hours_to_limit` of those that still run: the tenth, the middle and the ninetieth percentile; None where none has a limit.
    """

    fingerprint: str
    path: str
    services: frozenset[str]
    first_release: str
    gone: str
    bytes_per_request: float
    counted: bool
    lives: int
    sure_lives: int
    hours_to_limit: tuple[float, float, float] | None


@dataclass(frozen=True, slots=True)
class Truth:
    """`noise` are the fingerprints of all else that grows; `running` is each service's last release."""

    leaks: tuple[LeakTruth, ...]
    noise: frozenset[str]
    releases: tuple[str, ...]
    running: tuple[tuple[str, str], ...]
    lives: int


def find_truth(world: World) -> Truth:
    """After the world has run."""
    plan = world.plan
    leaks = tuple(_of(world, number, each) for number, each in enumerate(plan.holders) if each.kind == "leak")
    noise = {
        each.vary(number).fingerprint
        for each in plan.holders
        if each.kind != "leak"
        for number in range(VARIANTS)
    }
    ran = sorted(set(world.lives.release))
    running = tuple((each.name, _last_release(plan, each.name)) for each in plan.services)
    return Truth(
        leaks, frozenset(noise), tuple(plan.releases[n].name for n in ran), running, len(world.lives.place)
    )


def _of(world: World, number: int, holder: Holder) -> LeakTruth:
    plan, lives = world.plan, world.lives
    seen = np.array([each[number] for each in lives.seen])
    first, gone = _first_and_gone(plan, holder)
    counted = any(service.counts for service in plan.services if service.name in holder.services)
    return LeakTruth(
        holder.fingerprint,
        holder.path,
        frozenset(holder.services),
        first,
        gone,
        holder.rate * max(holder.strength.values()) * holder.each,
        counted,
        int((seen > 0).sum()),
        int((seen >= SURELY).sum()),
        _hours_to_limit(world, number, holder),
    )


def _first_and_gone(plan: Plan, holder: Holder) -> tuple[str, str]:
    """Of the releases that at least one of its services got."""
    strengths = dict(holder.strength)
    having, gone, strength = "", "", 0.0
    for number, release in enumerate(plan.releases):
        strength = strengths.get(number, strength)
        if not any(name in release.starts for name in holder.services):
            continue
        if strength and not having:
            having = release.name
        if having and not strength and not gone:
            gone = release.name
    return having, gone


def _last_release(plan: Plan, service: str) -> str:
    return [each.name for each in plan.releases if each.starts.get(service, 2.0) < 1.0][-1]


def _hours_to_limit(world: World, number: int, holder: Holder) -> tuple[float, float, float] | None:
    """From what each running worker has, at its own mean traffic of a day, by this leak alone."""
    plan = world.plan
    strength = world.strength[number][world.release, np.arange(len(world.release))]
    daily = sum(world.expect(step) for step in range(plan.per_day))
    hourly = daily / 24 * holder.rate * strength * holder.each * 1.08
    having = np.flatnonzero((hourly > 0) & np.isfinite(world.limit))
    if not len(having):
        return None
    hours = (world.limit[having] - world.rss[having]) / hourly[having]
    low, middle, high = np.percentile(np.maximum(hours, 0), (10, 50, 90))
    return float(low), float(middle), float(high)
