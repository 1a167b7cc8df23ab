"""Which leaks the fleet has: one row for each holder of a service."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from statistics import median
from typing import Final

from heapdiff.answers import FleetLeak, FleetLeaks, LeakState
from heapdiff.fleet.judging.margins import Ratio
from heapdiff.fleet.judging.owners import Owners
from heapdiff.fleet.judging.thresholds import LEAST_EXPECTED
from heapdiff.fleet.judging.verdicts import Kind
from heapdiff.fleet.questions.counts import Example, HolderCount, count_hosts, find_examples
from heapdiff.fleet.questions.growth import Life, find_affected
from heapdiff.fleet.questions.narrowing import HOUR_S, Narrowed
from heapdiff.fleet.questions.pictures import HolderSeen, ServiceSeen, intervals_after, picture

DIGITS: Final = 6  # engines add numbers in different orders, which shows in the sixteenth
DISMISSED: Final[Mapping[Kind, LeakState]] = {
    Kind.WARM_UP: LeakState.WARM_UP,
    Kind.FILLING: LeakState.FILLING,
    Kind.NOISE: LeakState.NOISE,
    Kind.TOO_LITTLE: LeakState.TOO_LITTLE,
}
ORDER: Final = tuple(LeakState)


@dataclass(frozen=True)
class Details:
    """What is asked about the holders that are shown, and no others."""

    examples: Mapping[tuple[str, str], Example]
    hosts: Mapping[tuple[str, str], int]
    lives: Mapping[tuple[str, str], list[Life]]


def find_leaks(narrowed: Narrowed, lake: str, owners: Owners, dismissed: bool = False) -> FleetLeaks:
    """All leaks; with `dismissed` also what turned out to be a warm-up, a cache, noise or too little."""
    services = picture(narrowed)
    every = [(service, holder) for service in services for holder in service.holders]
    shown = [pair for pair in every if dismissed or pair[1].presence.judgement.kind is Kind.LEAK]
    details = ask_details(narrowed, [holder.fingerprint for _, holder in shown])
    leaks = [make_leak(service, holder, details, owners) for service, holder in shown]
    young = sum(holder.presence.judgement.kind is Kind.TOO_LITTLE for _, holder in every)
    first = min((release.workers.first for service in services for release in service.releases), default=0)
    return FleetLeaks(
        lake,
        moment(first) if services else "",
        moment(narrowed.newest),
        len(services),
        sum(release.workers.workers for service in services for release in service.releases),
        sum(service.exposure.intervals for service in services),
        tuple(sorted(leaks, key=_weight)),
        len(every) - sum(leak.state in ORDER[:3] for leak in leaks),
        tuple(_notes(services, 0 if dismissed else young)),
    )


def ask_details(narrowed: Narrowed, fingerprints: list[str]) -> Details:
    """Asks nothing about none."""
    if not fingerprints:
        return Details({}, {}, {})
    wanted = sorted(set(fingerprints))
    return Details(
        find_examples(narrowed, wanted),
        count_hosts(narrowed, wanted),
        find_affected(narrowed, wanted),
    )


def make_leak(service: ServiceSeen, holder: HolderSeen, details: Details, owners: Owners) -> FleetLeak:
    key = service.name, holder.fingerprint
    example, lives = details.examples[key], details.lives.get(key, [])
    counts, presence = holder.of_present(), holder.presence
    releases = [service.releases[number] for number in presence.present] or list(service.releases)
    rate = ratio_of(counts)
    hours = sorted(each.hours_to_limit for each in lives if each.hours_to_limit is not None)
    per_hour = _per_hour(counts, rate)
    gone = presence.gone_with
    return FleetLeak(
        fingerprint=holder.fingerprint,
        path=example.path,
        service=service.name,
        state=_state(service, holder),
        confidence=presence.judgement.confidence,
        reason=presence.judgement.reason,
        workers=sum(each.workers for each in counts),
        workers_observed=sum(release.workers.workers for release in releases),
        hosts=details.hosts.get(key, 0),
        first_seen=moment(min(each.first for each in counts)),
        last_seen=moment(max(each.last for each in counts)),
        first_release=releases[0].name if presence.present else _first(service, holder),
        last_release=releases[-1].name if presence.present else _last(service, holder),
        gone_with=service.releases[gone].name if gone is not None else None,
        bytes_per_request=shorten(rate.rate) if rate.q else None,
        bytes_per_request_margin=shorten(rate.margin) if rate.q else None,
        requests_per_hour=_traffic(counts),
        bytes_per_hour=shorten(per_hour) or 0.0,
        fleet_bytes_per_hour=shorten(per_hour * len(lives)) or 0.0,
        hours_to_limit=shorten(hours[0]) if hours else None,
        hours_to_limit_median=shorten(median(hours)) if hours else None,
        intervals_seen=sum(each.found for each in counts),
        intervals=sum(each.intervals for each in counts),
        bytes=sum(each.bytes for each in counts),
        held=example.held,
        holder_type=example.holder_type,
        kind=example.kind,
        own=example.own,
        site=example.site,
        entry=example.entry,
        owners=owners.of(example.path, example.site),
    )


def ratio_of(counts: Iterable[HolderCount]) -> Ratio:
    """Bytes per request where it grew and requests were counted. Workers of different releases are different workers."""
    several = list(counts)
    return Ratio(
        sum(each.workers for each in several),
        sum(each.counted_bytes for each in several),
        sum(each.requests for each in several),
        sum(each.bb for each in several),
        sum(each.bq for each in several),
        sum(each.qq for each in several),
    )


def _traffic(counts: Iterable[HolderCount]) -> float | None:
    """Requests of one worker in an hour, over all its intervals."""
    several = list(counts)
    seconds, requests = sum(each.all_seconds for each in several), sum(each.all_requests for each in several)
    return shorten(requests * HOUR_S / seconds) if seconds and requests else None


def _per_hour(counts: list[HolderCount], rate: Ratio) -> float:
    """Bytes per request times requests per hour; where requests aren't known, or weren't served, by time."""
    traffic, seconds = _traffic(counts), sum(each.seconds for each in counts)
    if traffic and rate.rate and 2 * rate.b >= sum(each.bytes for each in counts):
        return rate.rate * traffic
    return sum(each.bytes for each in counts) * HOUR_S / seconds if seconds else 0.0


def _state(service: ServiceSeen, holder: HolderSeen) -> LeakState:
    presence = holder.presence
    if presence.judgement.kind is not Kind.LEAK:
        return DISMISSED[presence.judgement.kind]
    if presence.gone_with is not None:
        return LeakState.FIXED
    last = max(each.last for each in holder.counts.values())
    releases = [service.releases[number] for number in presence.present]
    due = presence.share * intervals_after(releases, last)
    return LeakState.QUIET if due >= LEAST_EXPECTED else LeakState.GROWING


def _first(service: ServiceSeen, holder: HolderSeen) -> str:
    return service.releases[min(holder.counts)].name


def _last(service: ServiceSeen, holder: HolderSeen) -> str:
    return service.releases[max(holder.counts)].name


def _weight(leak: FleetLeak) -> tuple[int, float, float, str, str]:
    return (
        ORDER.index(leak.state),
        -leak.fleet_bytes_per_hour,
        -leak.bytes_per_hour * leak.workers,
        leak.service,
        leak.fingerprint,
    )


def _notes(services: Iterable[ServiceSeen], young: int) -> Iterable[str]:
    if young:
        holders = "1 holder grows" if young == 1 else f"{young:,} holders grow"
        yield f"{holders} and can't be judged yet: --all lists them with the reason."
    unnamed = [service for service in services if any(not each.name for each in service.releases)]
    if unnamed:
        yield "Some workers don't say which release they are: set HEAPDIFF_RELEASE."


def moment(seconds: int) -> str:
    """ISO 8601 in UTC."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def shorten(value: float | None) -> float | None:
    """To as many digits as all engines agree on."""
    return None if value is None else float(f"{value:.{DIGITS}g}")
