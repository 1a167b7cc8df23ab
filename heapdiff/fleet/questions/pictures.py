"""Brings the counts of a lake together: for each service its releases in order, for each holder the evidence by release."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property

from heapdiff.fleet.judging.evidence import BANDS, Band, Evidence, Exposure, pool
from heapdiff.fleet.judging.margins import Ratio
from heapdiff.fleet.judging.presence import Presence, find_presence
from heapdiff.fleet.judging.staying import may_drain
from heapdiff.fleet.judging.verdicts import Kind, judge
from heapdiff.fleet.questions.counts import (
    FoundCount,
    HolderCount,
    WorkerCount,
    count_afterwards,
    count_ages,
    count_found,
    count_holders,
    count_hours,
    count_workers,
)
from heapdiff.fleet.questions.narrowing import HOUR_S, WRONG_CLOCKS, Narrowed


@dataclass(frozen=True)
class ReleaseSeen:
    """What was observed of one release, whatever was found. `started` is when it came, in hours since 1970."""

    name: str
    started: int
    bands: Mapping[int, Exposure]
    hours: Mapping[int, int]
    workers: WorkerCount

    @cached_property
    def exposure(self) -> Exposure:
        return sum(self.bands.values(), Exposure())

    def evidence(self, found: Iterable[FoundCount], holder: HolderCount | None) -> Evidence:
        """Of one holder, of which there may be nothing."""
        seen = {each.band: each for each in found}
        return Evidence(
            tuple(self._band(number, seen.get(number)) for number in range(BANDS)),
            self._band(-1, seen.get(-1)),
            holder.workers if holder else 0,
            holder.intervals if holder else 0,
            holder.sure if holder else 0,
            holder.doubted if holder else 0,
        )

    def _band(self, number: int, found: FoundCount | None) -> Band:
        exposure = self.bands.get(number, Exposure())
        return Band(found.found, found.bytes, exposure) if found else Band(exposure=exposure)


@dataclass(frozen=True)
class HolderSeen:
    """One holder of a service, by the number of the release."""

    fingerprint: str
    counts: Mapping[int, HolderCount]
    presence: Presence
    evidence: tuple[Evidence, ...]

    def after(self, afterwards: Ratio | None) -> HolderSeen:
        """The same, judged with what came after its growth."""
        if afterwards is None:
            return self
        evidence = tuple(replace(each, afterwards=afterwards) for each in self.evidence)
        return replace(self, evidence=evidence, presence=find_presence(evidence))

    def of_present(self) -> list[HolderCount]:
        """The counts of the releases that have it, else all that there are."""
        present = [self.counts[number] for number in self.presence.present if number in self.counts]
        return present or [self.counts[number] for number in sorted(self.counts)]


@dataclass(frozen=True)
class ServiceSeen:
    """One service: its releases in the order in which they came, and its holders."""

    name: str
    releases: tuple[ReleaseSeen, ...]
    holders: tuple[HolderSeen, ...] = field(default=())

    @property
    def exposure(self) -> Exposure:
        return sum((release.exposure for release in self.releases), Exposure())


def picture(narrowed: Narrowed) -> tuple[ServiceSeen, ...]:
    """All services, by name."""
    found: defaultdict[tuple[str, str, str], list[FoundCount]] = defaultdict(list)
    for each in count_found(narrowed):
        found[each.service, each.release, each.fingerprint].append(each)
    holders: defaultdict[str, dict[str, dict[str, HolderCount]]] = defaultdict(dict)
    for count in count_holders(narrowed):
        holders[count.service].setdefault(count.fingerprint, {})[count.release] = count
    services = tuple(
        ServiceSeen(
            name,
            releases,
            tuple(
                _holder(name, releases, fingerprint, counts, found)
                for fingerprint, counts in sorted(holders[name].items())
            ),
        )
        for name, releases in sorted(see_releases(narrowed).items())
    )
    return _follow(narrowed, services)


def _follow(narrowed: Narrowed, services: tuple[ServiceSeen, ...]) -> tuple[ServiceSeen, ...]:
    """Judges again what looks like a leak and isn't seen in nearly every interval: whether it stays."""
    open_ones = {each.fingerprint for service in services for each in service.holders if _is_open(each)}
    if not open_ones:
        return services
    afterwards = {each[:2]: Ratio(*each[2:]) for each in count_afterwards(narrowed, sorted(open_ones))}
    return tuple(
        replace(
            service,
            holders=tuple(
                each.after(afterwards.get((service.name, each.fingerprint))) for each in service.holders
            ),
        )
        for service in services
    )


def _is_open(holder: HolderSeen) -> bool:
    several = (*holder.evidence, holder.presence.evidence)
    return may_drain(pool(holder.evidence)) and any(judge(each).kind is Kind.LEAK for each in several)


def see_releases(narrowed: Narrowed) -> dict[str, tuple[ReleaseSeen, ...]]:
    """By service, in the order in which they came."""
    bands: defaultdict[tuple[str, str], dict[int, Exposure]] = defaultdict(dict)
    for age in count_ages(narrowed):
        bands[age.service, age.release][age.band] = Exposure(*age[3:])
    hours: defaultdict[tuple[str, str], dict[int, int]] = defaultdict(dict)
    for hour in count_hours(narrowed):
        hours[hour.service, hour.release][hour.hour] = hour.intervals
    found: defaultdict[str, list[ReleaseSeen]] = defaultdict(list)
    for workers in count_workers(narrowed):
        key = workers.service, workers.release
        found[workers.service].append(
            ReleaseSeen(workers.release, _start(hours[key]), bands[key], hours[key], workers)
        )
    return {
        service: tuple(sorted(releases, key=lambda each: (each.started, each.workers.first, each.name)))
        for service, releases in found.items()
    }


def _start(hours: Mapping[int, int]) -> int:
    """The hour in which it came: the first that isn't before nearly all of its intervals."""
    allowed, seen = WRONG_CLOCKS * sum(hours.values()), 0
    for hour in sorted(hours):
        seen += hours[hour]
        if seen > allowed:
            return hour
    return 0


def _holder(
    service: str,
    releases: tuple[ReleaseSeen, ...],
    fingerprint: str,
    counts: Mapping[str, HolderCount],
    found: Mapping[tuple[str, str, str], list[FoundCount]],
) -> HolderSeen:
    evidence = tuple(
        release.evidence(found.get((service, release.name, fingerprint), ()), counts.get(release.name))
        for release in releases
    )
    numbered = {number: counts[each.name] for number, each in enumerate(releases) if each.name in counts}
    return HolderSeen(fingerprint, numbered, find_presence(evidence), evidence)


def intervals_after(releases: Iterable[ReleaseSeen], moment: int) -> int:
    """How many began later than a moment, to the hour."""
    return sum(
        count for release in releases for hour, count in release.hours.items() if hour * HOUR_S >= moment
    )
