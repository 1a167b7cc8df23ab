"""Memory by release, at like age, and the leaks that came and went with each."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from statistics import fmean
from typing import NamedTuple

from heapdiff.answers import FleetRelease, FleetReleases
from heapdiff.fleet.judging.thresholds import AGE_EDGES_S
from heapdiff.fleet.judging.verdicts import Kind
from heapdiff.fleet.questions.counts import find_examples
from heapdiff.fleet.questions.growth import find_lives
from heapdiff.fleet.questions.leaks import moment, shorten
from heapdiff.fleet.questions.narrowing import HOUR_S, Narrowed, band_of
from heapdiff.fleet.questions.pictures import HolderSeen, ReleaseSeen, ServiceSeen, picture


class Resident(NamedTuple):
    """Resident memory of a release's workers at one band of ages: each worker counts once, with its mean there."""

    service: str
    release: str
    band: int
    workers: int
    median: float
    p95: float


def find_releases(narrowed: Narrowed, lake: str) -> FleetReleases:
    """By service, in the order in which they came."""
    services = picture(narrowed)
    resident: defaultdict[str, dict[str, dict[int, Resident]]] = defaultdict(dict)
    for each in _resident(narrowed):
        resident[each.service].setdefault(each.release, {})[each.band] = each
    grown: defaultdict[tuple[str, str], list[float]] = defaultdict(list)
    for life in find_lives(narrowed):
        if life.bytes_per_hour is not None:
            grown[life.service, life.release].append(life.bytes_per_hour)
    paths = _paths(narrowed, services)
    rows = [row for service in services for row in _rows(service, resident[service.name], grown, paths)]
    return FleetReleases(lake, tuple(rows), ())


def _resident(narrowed: Narrowed) -> list[Resident]:
    rows = narrowed.snapshots
    age = rows.captured_at - rows.started_at
    rows = rows.mutate(band=band_of(age))
    means = rows.group_by(["service", "release", "band", "worker"]).aggregate(
        rss=(rows.rss_bytes.sum().cast("int64") / rows.count()).cast("int64")
    )
    counted = means.group_by(["service", "release", "band"]).aggregate(
        workers=means.count(),
        median=means.rss.quantile(0.5).cast("float64"),
        p95=means.rss.quantile(0.95).cast("float64"),
    )
    return narrowed.asked.rows(counted, Resident)


def _paths(narrowed: Narrowed, services: Iterable[ServiceSeen]) -> dict[tuple[str, str], str]:
    leaks = {holder.fingerprint for service in services for holder in service.holders if _is_leak(holder)}
    return {key: example.path for key, example in find_examples(narrowed, leaks).items()}


def _is_leak(holder: HolderSeen) -> bool:
    return holder.presence.judgement.kind is Kind.LEAK


def _rows(
    service: ServiceSeen,
    resident: Mapping[str, Mapping[int, Resident]],
    grown: Mapping[tuple[str, str], Sequence[float]],
    paths: Mapping[tuple[str, str], str],
) -> Iterable[FleetRelease]:
    leaks = [holder for holder in service.holders if _is_leak(holder)]
    band = _like_age([resident.get(each.name, {}) for each in service.releases])
    for number, release in enumerate(service.releases):
        at = resident.get(release.name, {}).get(band) if band is not None else None
        came = [each for each in leaks if each.presence.present[:1] == (number,)]
        went = [each for each in leaks if each.presence.gone_with == number]
        rates = grown.get((service.name, release.name), ())
        yield FleetRelease(
            service=service.name,
            release=release.name,
            first_seen=moment(release.workers.first),
            last_seen=moment(release.workers.last),
            workers=release.workers.workers,
            worker_hours=_hours(release),
            rss_median_bytes=shorten(at.median) if at else None,
            rss_p95_bytes=shorten(at.p95) if at else None,
            ages_s=_ages(band) if at and band is not None else None,
            rss_bytes_per_hour=shorten(fmean(sorted(rates))) if rates else None,
            leaks=sum(number in each.presence.present for each in leaks),
            came=tuple(sorted(paths[service.name, each.fingerprint] for each in came)),
            went=tuple(sorted(paths[service.name, each.fingerprint] for each in went)),
        )


def _like_age(releases: Sequence[Mapping[int, Resident]]) -> int | None:
    """The oldest band at which each release has at least half of the workers that it has at any; None if there's none."""
    known = [each for each in releases if any(band >= 0 for band in each)]
    if not known:
        return None
    common = set.intersection(*({band for band in each if band >= 0} for each in known))
    enough = [
        band
        for band in common
        if all(2 * each[band].workers >= max(row.workers for row in each.values()) for each in known)
    ]
    return max(enough or common, default=None)


def _ages(band: int) -> tuple[int, int]:
    bounds = list(pairwise((0, *AGE_EDGES_S)))
    return bounds[min(band, len(bounds) - 1)]


def _hours(release: ReleaseSeen) -> float:
    return shorten(release.exposure.seconds / HOUR_S) or 0.0
