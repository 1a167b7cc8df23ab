"""The fleet's workers and releases. Moments are texts in ISO 8601, in UTC; what isn't known is None, or empty."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class FleetWorker:
    """One worker at its latest snapshot. `worst_leak` is the holder that gained most in it, with its fingerprint."""

    service: str
    release: str
    worker: str
    host: str
    pod: str
    pid: int
    last_seen: str
    rss_bytes: int
    used_bytes: int
    limit_bytes: int | None
    snapshots: int
    rss_bytes_per_hour: float | None
    hours_to_limit: float | None
    worst_leak: str
    worst_fingerprint: str


@dataclass(frozen=True, slots=True)
class FleetWorkers:
    """The workers of a lake, those that reach their limit first on top."""

    lake: str
    until: str
    workers: tuple[FleetWorker, ...]
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class FleetRelease:
    """One release of one service. The figures on resident memory are over workers, at the ages `ages_s` that all the releases
    of the service have in common; None where there are no such ages."""

    service: str
    release: str
    first_seen: str
    last_seen: str
    workers: int
    worker_hours: float
    rss_median_bytes: float | None
    rss_p95_bytes: float | None
    ages_s: tuple[int, int] | None
    rss_bytes_per_hour: float | None
    leaks: int
    came: tuple[str, ...]
    went: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class FleetReleases:
    """The releases of a lake, by service, in the order in which they came."""

    lake: str
    releases: tuple[FleetRelease, ...]
    notes: tuple[str, ...]
