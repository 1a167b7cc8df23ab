"""The fleet, interval by interval: traffic, growth, memory, restarts; yields what its snapshots and comparisons have, by day."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tests.fleet.simulation.judging import is_listed, judge
from tests.fleet.simulation.plan import MB, Holder, Plan
from tests.fleet.simulation.workers import Floats, Integers, Lives, find_releases, settle

__all__ = ["VARIANTS", "Seen", "World"]

VARIANTS = 40  # paths of what is seen by chance
BOUNDED = "functools._lru_cache_wrapper"
UNKNOWN = -1
DAY = 86400.0


@dataclass(frozen=True)
class Seen:
    """Columns of one day, as numbers: the snapshots, those of them that were compared, and the suspects of these.

    `compared` are the snapshots with a comparison with the one before; `of` numbers those. Seconds are since the beginning.
    """

    life: Integers
    at: Floats
    requests: Integers
    rss: Integers
    python: Integers
    objects: Integers
    number: Integers
    compared: Integers
    before: Floats
    before_number: Integers
    new_requests: Integers
    rss_delta: Integers
    of: Integers
    holder: Integers
    variant: Integers
    confidence: Integers
    entries: Integers
    bytes: Integers


class World:
    """`lives` is complete once `run` has ended."""

    def __init__(self, plan: Plan) -> None:
        self.plan, self.random = plan, np.random.default_rng(plan.seed)
        self.places, self.lives = settle(plan, self.random), Lives()
        count = len(self.places.service)
        self.fill = np.zeros((len(plan.holders), count), np.int64)
        self.new = np.zeros_like(self.fill)
        self.seen = np.zeros_like(self.fill)
        self.grown = np.zeros((len(plan.holders), len(plan.services)), np.int64)
        self.listed = np.zeros_like(self.grown)
        self.variant = np.zeros(count, np.int64)
        self.release = np.full(count, UNKNOWN)
        self.life = np.full(count, UNKNOWN)
        self.rss, self.last_rss = np.zeros(count), np.zeros(count)
        self.served, self.last_served = np.zeros(count, np.int64), np.zeros(count, np.int64)
        self.last_at, self.number = np.full(count, np.nan), np.zeros(count, np.int64)
        self.full = np.zeros(count, bool)
        self.strength = np.array([self._spread(holder) for holder in plan.holders])
        self.each = np.array([[holder.each] for holder in plan.holders])
        services = plan.services
        self.base = np.array([each.base for each in services], float)[self.places.service]
        self.limit = np.array([each.limit or np.inf for each in services], float)[self.places.service]
        self.traffic = _steps(plan.traffic, len(plan.releases))

    def run(self) -> Iterator[Seen]:
        """A day each; the last may be part of one."""
        day: list[Seen] = []
        for step in range(self.plan.steps):
            self._restart(step)
            self._serve(step)
            day.append(self._look(step))
            if (step + 1) % self.plan.per_day == 0 or step + 1 == self.plan.steps:
                yield _join(day)
                day = []
        self.lives.end(self.life, float("nan"), self.seen)

    def _spread(self, holder: Holder) -> Floats:
        """How strong it is in each release (rows), in each place."""
        plan, places = self.plan, self.places
        names = np.array([each.name in holder.services for each in plan.services])
        among = self.random.permutation(np.flatnonzero(names[places.service]))
        has = np.zeros(len(places.service), bool)
        has[among[: round(holder.affects * len(among))]] = True
        return np.outer(_steps(holder.strength, len(plan.releases)), has)

    def _restart(self, step: int) -> None:
        wanted = find_releases(self.plan, self.places, step / self.plan.steps)
        crashed = self.random.random(len(wanted)) < self.plan.crash / self.plan.per_day
        who = np.flatnonzero((wanted != self.release) | crashed | self.full)
        if not len(who):
            return
        at = step * self.plan.step_s
        ending = who[self.life[who] >= 0]
        self.lives.end(self.life[ending], at, self.seen[:, ending])
        self.release[who] = wanted[who]
        self.life[who] = self.lives.begin(who, wanted[who], at)
        for state in (self.fill, self.new, self.seen):
            state[:, who] = 0
        self.rss[who], self.served[who], self.number[who], self.last_at[who] = 0, 0, 0, np.nan

    def _serve(self, step: int) -> None:
        """Requests come, holders grow, memory with them."""
        requests = self.random.poisson(self.expect(step))
        self.served += requests
        for number, holder in enumerate(self.plan.holders):
            strength = self.strength[number][self.release, np.arange(len(requests))]
            came = self._grow(holder, self.fill[number], strength, requests)
            self.fill[number] += came
            self.new[number] += came
        kept = [number for number, holder in enumerate(self.plan.holders) if holder.kind != "chance"]
        objects = (self.fill[kept] * self.each[kept]).sum(axis=0)
        self.python = self.base + objects + np.abs(self.random.normal(0, 0.25 * MB, len(requests)))
        self.rss = np.maximum(self.rss * 0.9995, 40 * MB + 1.08 * self.python)
        self.full = self.rss >= self.limit

    def expect(self, step: int) -> Floats:
        """Requests of each worker in this interval, on average: most at its service's peak, fewest half a day later."""
        plan = self.plan
        time = step / plan.per_day
        curves = np.array(
            [
                each.requests
                * (each.night + (1 - each.night) * (1 + np.cos(2 * np.pi * (time - each.peak))) / 2)
                for each in plan.services
            ]
        )
        expected: Floats = curves[self.places.service] * self.places.weight * self.traffic[self.release]
        return expected * plan.step_s / 600

    def _grow(self, holder: Holder, fill: Integers, strength: Floats, requests: Integers) -> Integers:
        random, count = self.random, len(requests)
        if holder.kind == "leak":
            share = holder.rate * strength
            exact = share == np.rint(share)
            return np.where(exact, np.rint(share) * requests, random.poisson(share * requests)).astype(
                np.int64
            )
        if holder.kind in ("filling", "warm-up"):
            room = np.maximum(0, np.rint(holder.rate * strength) - fill)
            passed = self.plan.step_s / 600 if holder.timely else requests
            return np.minimum(room, random.poisson(room * -np.expm1(-passed / holder.pace))).astype(np.int64)
        if holder.kind == "queue":
            bursts = (random.random(count) < holder.rate * strength * self.plan.step_s / 600) & (fill == 0)
            comes = np.where(bursts, random.poisson(holder.pace * np.maximum(strength, 1e-9)), 0)
            return np.where((fill > 0) & (random.random(count) < 0.6), -fill, comes)
        self.variant = random.integers(0, VARIANTS, count)
        happens = (random.random(count) < holder.rate * strength * self.plan.step_s / 600) & (strength > 0)
        amount = np.exp(random.uniform(np.log(5), np.log(holder.pace), count)).astype(np.int64)
        return np.where(happens, amount, 0)

    def _look(self, step: int) -> Seen:
        """Snapshots of nearly all; growth since the last of the same life."""
        plan, random = self.plan, self.random
        taken = np.flatnonzero(random.random(len(self.life)) >= plan.missing)
        at = step * plan.step_s + self.places.offset[taken]
        rss = self.rss[taken].astype(np.int64)
        python = self.python[taken].astype(np.int64)
        compared = np.flatnonzero(~np.isnan(self.last_at[taken]))
        who = taken[compared]
        counts = self.places.counts[taken]
        new_requests = np.where(counts[compared], self.served[who] - self.last_served[who], UNKNOWN)
        self.number[taken] += 1
        seen = Seen(
            self.life[taken],
            at,
            np.where(counts, self.served[taken], UNKNOWN),
            rss,
            python,
            python // 96,
            self.number[taken].copy(),
            compared,
            self.last_at[who].copy(),
            self.number[who] - 1,
            new_requests,
            rss[compared] - self.last_rss[who].astype(np.int64),
            *self._suspect(who, new_requests),
        )
        self.last_at[taken], self.last_rss[taken] = at, rss
        self.last_served[taken] = self.served[taken]
        self.new[:, taken] = 0
        return seen

    def _suspect(self, who: Integers, requests: Integers) -> tuple[Integers, ...]:
        rows = []
        for number, holder in enumerate(self.plan.holders):
            entries = self.new[number, who]
            bytes_ = entries * holder.each
            listed = np.flatnonzero(is_listed(entries, bytes_, holder.own))
            some, weigh = entries[listed], bytes_[listed]
            sure = judge(some, weigh, requests[listed], holder.own, holder.type == BOUNDED)
            variant = (
                self.variant[who[listed]] if holder.kind == "chance" else np.zeros(len(listed), np.int64)
            )
            self._count(number, who, entries, listed)
            rows.append((listed, np.full(len(listed), number), variant, sure, some, weigh))
        return tuple(np.concatenate(column) for column in zip(*rows, strict=True))

    def _count(self, number: int, who: Integers, entries: Integers, listed: Integers) -> None:
        """What is so, beside what is seen: entries that came, and those that a comparison listed, by service."""
        services, count = self.places.service[who], len(self.plan.services)
        self.seen[number, who[listed]] += 1
        self.grown[number] += np.bincount(services, entries, count).astype(np.int64)
        self.listed[number] += np.bincount(services[listed], entries[listed], count).astype(np.int64)


def _steps(values: object, count: int) -> Floats:
    """A value for each release, from those given from some releases on."""
    made = np.zeros(count)
    for first, value in sorted(dict(values).items()):  # type: ignore[call-overload]
        made[first:] = value
    return made


def _join(day: list[Seen]) -> Seen:
    """One after the other; numbers of snapshots and of comparisons go on."""
    columns: dict[str, list[NDArray[np.generic]]] = {name: [] for name in Seen.__dataclass_fields__}
    snapshots = comparisons = 0
    for part in day:
        for name, made in columns.items():
            column = getattr(part, name)
            shift = {"compared": snapshots, "of": comparisons}.get(name, 0)
            made.append(column + shift if shift else column)
        snapshots += len(part.life)
        comparisons += len(part.compared)
    return Seen(**{name: np.concatenate(made) for name, made in columns.items()})
