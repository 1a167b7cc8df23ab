"""What is so in a simulated fleet: which leaks there are, where and since when, and what they cost. None of it is from rows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from tests.fleet.simulation.plan import Holder, Plan
from tests.fleet.simulation.workers import Integers
from tests.fleet.simulation.world import World

__all__ = ["LeakTruth", "Truth", "find_truth"]

SURELY: Final = 12  # comparisons of one life that listed it: enough for anybody to say that the worker has it


@dataclass(frozen=True, slots=True)
class LeakTruth:
    """A leak in one service. `gone`: the first release without it, "" if there is none. Nobody counts requests: None.

    `lives` of workers showed it in at least one comparison, `sure_lives` in many. `unseen`: the share of its growth that was in
    intervals in which no comparison listed it. `hours_to_limit` of those that still run: the least, and the quartiles.
    """

    fingerprint: str
    path: str
    service: str
    first_release: str
    gone: str
    bytes_per_request: float | None
    lives: int
    sure_lives: int
    unseen: float
    hours_to_limit: tuple[float, float, float, float] | None


@dataclass(frozen=True, slots=True)
class Truth:
    """`releases`: of each service, those that it got, in order; `lives`: how many processes there were, `running` at the end."""

    leaks: tuple[LeakTruth, ...]
    releases: dict[str, tuple[str, ...]]
    lives: int
    running: int


def find_truth(world: World) -> Truth:
    """After the world has run."""
    plan, services = world.plan, world.plan.services
    leaks = tuple(
        _find_leak(world, number, holder, which)
        for number, holder in enumerate(plan.holders)
        for which, service in enumerate(services)
        if holder.kind == "leak" and service.name in holder.services
    )
    releases = {service.name: _releases(plan, service.name) for service in services}
    return Truth(leaks, releases, len(world.lives.place), len(world.places.service))


def _find_leak(world: World, number: int, holder: Holder, which: int) -> LeakTruth:
    plan, lives, service = world.plan, world.lives, world.plan.services[which]
    here = world.places.service[np.array(lives.place)] == which
    seen = np.array([each[number] for each in lives.seen])[here]
    first, gone = _first_and_gone(plan, holder, service.name)
    grown, listed = (int(totals[which]) for totals in (world.grown[number], world.listed[number]))
    return LeakTruth(
        holder.fingerprint,
        holder.path,
        service.name,
        first,
        gone,
        holder.rate * max(holder.strength.values()) * holder.each if service.counts else None,
        int((seen > 0).sum()),
        int((seen >= SURELY).sum()),
        1 - listed / max(1, grown),
        _hours_to_limit(world, number, holder, np.flatnonzero(world.places.service == which)),
    )


def _releases(plan: Plan, service: str) -> tuple[str, ...]:
    return tuple(each.name for each in plan.releases if each.starts.get(service, 2.0) < 1.0)


def _first_and_gone(plan: Plan, holder: Holder, service: str) -> tuple[str, str]:
    """The first release of the service that has it, and the first after that hasn't."""
    having, gone, strength = "", "", 0.0
    for number, release in enumerate(plan.releases):
        strength = dict(holder.strength).get(number, strength)
        if release.name not in _releases(plan, service):
            continue
        having = having or (release.name if strength else "")
        gone = gone or (release.name if having and not strength else "")
    return having, gone


def _hours_to_limit(
    world: World, number: int, holder: Holder, places: Integers
) -> tuple[float, float, float, float] | None:
    """From what each running worker has, at its own mean traffic of a day, by this leak alone."""
    strength = world.strength[number][world.release[places], places]
    daily = np.sum([world.expect(step) for step in range(world.plan.per_day)], axis=0)
    hourly = daily[places] / 24 * holder.rate * strength * holder.each * 1.08
    limit, used = world.limit[places], world.rss[places]
    having = (hourly > 0) & np.isfinite(limit)
    if not having.any():
        return None
    hours = np.maximum(limit - used, 0)[having] / hourly[having]
    least, low, middle, high = np.percentile(hours, (0, 25, 50, 75)).tolist()
    return least, low, middle, high
