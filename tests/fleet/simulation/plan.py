"""What is simulated, as data: services, releases, and the holders that grow, each with what makes it grow."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Final, Literal

from heapdiff.analysis.suspects.fingerprint import compute_fingerprint

Kind = Literal["leak", "filling", "warm-up", "queue", "chance"]
MB: Final = 1 << 20
ALWAYS: Final = {0: 1.0}


@dataclass(frozen=True, slots=True)
class Service:
    """`share` of all workers; `requests` of one worker in 10 minutes on average; `night`: what is left of that at night."""

    name: str
    share: float
    requests: float
    night: float = 0.3
    peak: float = 0.6  # of the day
    counts: bool = True  # whether its workers count requests
    limit: int | None = 512 * MB
    base: int = 90 * MB
    per_pod: int = 4


@dataclass(frozen=True, slots=True)
class Release:
    """`starts`: when the canary of each service gets it, as a share of the whole time; a service may skip it."""

    name: str
    starts: Mapping[str, float]
    canary: float = 0.05  # of the service's workers
    waits: float = 0.015  # until the others follow, and how long these take, as shares of the whole time
    takes: float = 0.02


@dataclass(frozen=True, slots=True)
class Holder:
    """One thing that grows. `strength`: by number of the release from which on, how strong; none before the first.

    `rate`: entries per request of a leak, entries in all of what fills or warms up, chance in an interval of the rest.
    `pace`: requests (or, `timely`, intervals) in which a cache is two thirds full; jobs of a queue's burst; noise's most
    entries. `affects`: the share of the workers that have it.
    """

    path: str  # with `{}` where there are several
    held: str
    kind: Kind
    services: tuple[str, ...]
    rate: float
    each: int  # bytes of an entry
    pace: float = 1.0
    timely: bool = False
    objects: int = 3  # of an entry
    own: bool = True
    holder: str = "module-global"
    type: str = "dict"
    site: str = ""
    entry: str = ""
    affects: float = 1.0
    strength: Mapping[int, float] = field(default_factory=lambda: ALWAYS)

    @property
    def fingerprint(self) -> str:
        return compute_fingerprint((self.path,), self.held)

    def vary(self, number: int) -> Holder:
        return replace(self, path=self.path.replace("{}", str(number)))


@dataclass(frozen=True, slots=True)
class Plan:
    """`traffic`: by number of the release from which on, its factor on requests.

    `skews`: by how much the clocks of as many hosts are wrong; ingestion puts right what lies ahead of its own clock.
    """

    services: tuple[Service, ...]
    releases: tuple[Release, ...]
    holders: tuple[Holder, ...]
    workers: int
    days: float
    per_day: int
    seed: int
    begins: str = "2026-10-01"
    crash: float = 0.1  # of a worker, in a day
    missing: float = 0.01  # of snapshots
    uncounted: float = 0.05  # of the workers of a service that counts
    skews: tuple[float, ...] = (200.0, -3 * 3600.0, -26 * 3600.0, -4 * 86400.0)
    traffic: Mapping[int, float] = field(default_factory=lambda: ALWAYS)

    @property
    def steps(self) -> int:
        return round(self.days * self.per_day)

    @property
    def step_s(self) -> float:
        return 86400 / self.per_day

    def leaks(self) -> tuple[Holder, ...]:
        return tuple(holder for holder in self.holders if holder.kind == "leak")
