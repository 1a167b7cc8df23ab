"""Brings the counts of a lake together: for each service its releases in order, for each holder the evidence by release."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Final

from heapdiff.fleet.judging.evidence import BANDS, NO_LINES, Band, Evidence, Exposure
from heapdiff.fleet.judging.margins import Ratio
from heapdiff.fleet.judging.presence import Presence, find_presence
from heapdiff.fleet.questions.counts import (
    FoundCount,
    HolderCount,
    WorkerCount,
    count_ages,
    count_found,
    count_holders,
    count_hours,
    count_memory,
    count_workers,
)
from heapdiff.fleet.questions.narrowing import HOUR_S, Narrowed

EARLY_SHARE: Final = (
    0.002  # of a release's intervals may have a clock that is wrong, or a name set by mistake
)


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

    def evidence(
        self, found: Iterable[FoundCount], holder: HolderCount | None, steadier: Mapping[int, int]
    ) -> Evidence:
        """Of one holder, of which there may be nothing. `steadier`: by band, what others gained that gain more steadily."""
        seen = {each.band: each for each in found}
        return Evidence(
            tuple(self._band(number, seen, steadier) for number in range(BANDS)),
            self._band(-1, seen, steadier),
            holder.workers if holder else 0,
            holder.intervals if holder else 0,
            holder.sure if holder else 0,
            holder.doubted if holder else 0,
        )

    def _band(self, number: int, seen: Mapping[int, FoundCount], steadier: Mapping[int, int]) -> Band:
        exposure, found = self.bands.get(number, Exposure()), seen.get(number)
        counts = (found.found, found.bytes) if found else (0, 0)
        return Band(*counts, exposure, steadier.get(number, 0))


@dataclass(frozen=True)
class HolderSeen:
    """One holder of a service, by the number of the release."""

    fingerprint: str
    counts: Mapping[int, HolderCount]
    presence: Presence
    evidence: tuple[Evidence, ...]

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
    steadier = _steadier(holders, found)
    return tuple(
        ServiceSeen(
            name,
            releases,
            tuple(
                _holder(name, releases, fingerprint, counts, found, steadier)
                for fingerprint, counts in sorted(holders[name].items())
            ),
        )
        for name, releases in sorted(see_releases(narrowed).items())
    )


def _steadier(
    holders: Mapping[str, Mapping[str, Mapping[str, HolderCount]]],
    found: Mapping[tuple[str, str, str], list[FoundCount]],
) -> dict[tuple[str, str, str], dict[int, int]]:
    """For each holder in each release: bytes by band that those gained which gain in more of their workers' intervals."""
    counts = [
        count for service in holders.values() for holder in service.values() for count in holder.values()
    ]
    counts.sort(key=lambda each: (-each.found / max(each.intervals, 1), each.fingerprint))
    gained: defaultdict[tuple[str, str], Counter[int]] = defaultdict(Counter)
    before = {}
    for count in counts:
        key, so_far = (count.service, count.release, count.fingerprint), gained[count.service, count.release]
        before[key] = dict(so_far)
        for each in found[key]:
            so_far[each.band] += each.bytes
    return before


def see_releases(narrowed: Narrowed) -> dict[str, tuple[ReleaseSeen, ...]]:
    """By service, in the order in which they came."""
    bands: defaultdict[tuple[str, str], dict[int, Exposure]] = defaultdict(dict)
    memory = {each[:3]: Ratio(*each[3:]) for each in count_memory(narrowed)}
    for age in count_ages(narrowed):
        python = memory.get((age.service, age.release, age.band), NO_LINES)
        bands[age.service, age.release][age.band] = Exposure(*age[3:], python)
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
    allowed, seen = EARLY_SHARE * sum(hours.values()), 0
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
    steadier: Mapping[tuple[str, str, str], Mapping[int, int]],
) -> HolderSeen:
    keys = [(service, release.name, fingerprint) for release in releases]
    evidence = tuple(
        release.evidence(found.get(key, ()), counts.get(release.name), steadier.get(key, {}))
        for key, release in zip(keys, releases, strict=True)
    )
    numbered = {number: counts[each.name] for number, each in enumerate(releases) if each.name in counts}
    return HolderSeen(fingerprint, numbered, find_presence(evidence), evidence)


def intervals_after(releases: Iterable[ReleaseSeen], moment: int) -> int:
    """How many began later than a moment, to the hour."""
    return sum(
        count for release in releases for hour, count in release.hours.items() if hour * HOUR_S >= moment
    )
