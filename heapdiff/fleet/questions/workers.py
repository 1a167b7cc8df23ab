"""Each worker at its latest snapshot: what it takes, how fast that grows, and what grows most in it."""

from __future__ import annotations

from heapdiff.answers import FleetWorker, FleetWorkers
from heapdiff.fleet.judging.thresholds import LIVE_S
from heapdiff.fleet.questions.counts import affected_workers
from heapdiff.fleet.questions.growth import Life, find_lives
from heapdiff.fleet.questions.leaks import moment, shorten
from heapdiff.fleet.questions.narrowing import Narrowed

FOREVER = float("inf")


def find_workers(narrowed: Narrowed, lake: str, ended: bool = False) -> FleetWorkers:
    """Those seen within the last day; with `ended` all that ever were."""
    found = find_lives(narrowed, 0 if ended else narrowed.newest - LIVE_S)
    worst = _worst(narrowed)
    workers = [
        _worker(life, *worst.get((life.service, life.release, life.worker), ("", ""))) for life in found
    ]
    return FleetWorkers(lake, moment(narrowed.newest), tuple(sorted(workers, key=_order)), ())


def _worst(narrowed: Narrowed) -> dict[tuple[str, str, str], tuple[str, str]]:
    """For each worker the holder that gained most: its path and fingerprint."""
    rows = affected_workers(narrowed.grown).select("service", "release", "worker", "fingerprint", "bytes")
    most = rows.group_by(["service", "release", "worker"]).aggregate(bytes=rows.bytes.max())
    tied = rows.join(most, ["service", "release", "worker", "bytes"])
    chosen = tied.group_by(["service", "release", "worker"]).aggregate(fingerprint=tied.fingerprint.min())
    suspects = narrowed.suspects
    names = suspects.group_by(["service", "fingerprint"]).aggregate(path=suspects.path.min())
    named = chosen.join(names, ["service", "fingerprint"])
    named = named.select("service", "release", "worker", "path", "fingerprint")
    return dict(narrowed.asked.rows(named, lambda *values: (values[:3], values[3:])))


def _worker(life: Life, path: str, fingerprint: str) -> FleetWorker:
    return FleetWorker(
        life.service,
        life.release,
        life.worker,
        life.host,
        life.pod,
        life.pid,
        moment(life.last),
        life.rss_bytes,
        life.used_bytes,
        life.limit_bytes,
        life.snapshots,
        shorten(life.bytes_per_hour),
        shorten(life.hours_to_limit),
        path,
        fingerprint,
    )


def _order(worker: FleetWorker) -> tuple[float, float, str, str, str]:
    hours = FOREVER if worker.hours_to_limit is None else worker.hours_to_limit
    return hours, -(worker.rss_bytes_per_hour or 0.0), worker.service, worker.release, worker.worker
