"""The fleet's leaks, and one of them in full. Moments are texts in ISO 8601, in UTC; what isn't known is None, or empty."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from heapdiff.answers.reference import Confidence


class LeakState(str, Enum):
    """What a row of `leaks` is: the first three are leaks, the others are shown on request."""

    GROWING = "growing"
    FIXED = "fixed"
    QUIET = "gone quiet"
    WARM_UP = "warm-up"
    FILLING = "filling"
    NOISE = "noise"
    TOO_LITTLE = "too little"


@dataclass(frozen=True, slots=True)
class FleetLeak:
    """One holder that grows in a service, over all workers and releases in which it's seen.

    `workers` showed it, of `workers_observed` in the releases that have it, in `intervals_seen` of the former's `intervals`.
    Bytes per request are over the intervals with growth, and its margin is half of the 95 % confidence interval over workers. The
    figures per hour are of one worker; `fleet_bytes_per_hour` is of all that show it and run. Hours to the limit are those of
    the worker that is nearest to it, and of the median. `gone_with` is the first later release that was observed for long
    enough and doesn't have it.
    """

    fingerprint: str
    path: str
    service: str
    state: LeakState
    confidence: Confidence
    reason: str
    workers: int
    workers_observed: int
    hosts: int
    first_seen: str
    last_seen: str
    first_release: str
    last_release: str
    gone_with: str | None
    bytes_per_request: float | None
    bytes_per_request_margin: float | None
    requests_per_hour: float | None
    bytes_per_hour: float
    fleet_bytes_per_hour: float
    hours_to_limit: float | None
    hours_to_limit_median: float | None
    intervals_seen: int
    intervals: int
    bytes: int
    held: str
    holder_type: str
    kind: str
    own: bool
    site: str
    entry: str
    owners: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class FleetLeaks:
    """The leaks of a lake: those that grow first, heaviest first. `since` and `until` is what was looked at."""

    lake: str
    since: str
    until: str
    services: int
    workers: int
    intervals: int
    leaks: tuple[FleetLeak, ...]
    dismissed: int
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class LeakInRelease:
    """One leak in one release; also in one that doesn't show it. `per_hour` is of one observed worker."""

    release: str
    first_seen: str
    workers: int
    workers_observed: int
    intervals_seen: int
    intervals: int
    bytes_per_request: float | None
    bytes_per_hour: float
    state: LeakState | None
    reason: str


@dataclass(frozen=True, slots=True)
class LeakOnDay:
    """One leak on one day, of all workers together."""

    day: str
    workers: int
    intervals_seen: int
    bytes: int


@dataclass(frozen=True, slots=True)
class LeakInWorker:
    """One leak in one worker that showed it."""

    worker: str
    release: str
    host: str
    pod: str
    pid: int
    bytes: int
    intervals_seen: int
    last_seen: str


@dataclass(frozen=True, slots=True)
class FleetLeakHistory:
    """One leak, by release, by day, and in the workers that it costs most, with what to do next."""

    lake: str
    leak: FleetLeak
    releases: tuple[LeakInRelease, ...]
    days: tuple[LeakOnDay, ...]
    top: tuple[LeakInWorker, ...]
    commands: tuple[str, ...]
    notes: tuple[str, ...]
