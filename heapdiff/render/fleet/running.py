"""Workers and releases as sheets."""

from __future__ import annotations

from typing import Final

from heapdiff.answers import FleetRelease, FleetReleases, FleetWorker, FleetWorkers
from heapdiff.render.amounts import count, elapsed, plural, signed_size
from heapdiff.render.fleet.sheet import Remark, Sheet, SheetColumn, SheetTable, amount, day, hours, said

SOON_H: Final = 24.0
WORKERS: Final = (
    SheetColumn("Host", "name"),
    SheetColumn("PID"),
    SheetColumn("Service", "name", 3),
    SheetColumn("Release", "name", 2),
    SheetColumn("Last seen", "word", 4),
    SheetColumn("RSS"),
    SheetColumn("Limit", drop=1),
    SheetColumn("Per hour"),
    SheetColumn("Limit in"),
    SheetColumn("Grows most", "path"),
)
RELEASES: Final = (
    SheetColumn("Service", "name", 4),
    SheetColumn("Release", "name"),
    SheetColumn("First seen", "word", 2),
    SheetColumn("Last seen", "word", 5),
    SheetColumn("Workers"),
    SheetColumn("Hours", drop=3),
    SheetColumn("Median"),
    SheetColumn("95 %", drop=1),
    SheetColumn("Per hour"),
    SheetColumn("Leaks"),
)


def describe_workers(found: FleetWorkers, limit: int | None) -> Sheet:
    """Those nearest to their limit first."""
    shown = found.workers[:limit]
    soon = sum(each.hours_to_limit is not None and each.hours_to_limit < SOON_H for each in found.workers)
    lead = (
        f"{plural(soon, 'worker')} will reach the memory limit within a day."
        if soon
        else "No worker will reach a memory limit within a day."
    )
    return Sheet(
        title="Workers of the fleet",
        word=plural(len(found.workers), "worker"),
        lead=lead if found.workers else "No worker was seen in the day before.",
        tone="warn" if soon else "fine",
        facts=(f"At {day(found.until)} UTC, the latest snapshot of the lake",),
        tables=(
            SheetTable("", WORKERS, tuple(map(_worker, shown)), len(found.workers) - len(shown), "worker"),
        ),
        notes=found.notes,
    )


def describe_releases(found: FleetReleases, limit: int | None) -> Sheet:
    """In the order in which they came; where there are too many, the latest."""
    shown = found.releases if limit is None else found.releases[-limit:]
    leaking = sum(each.leaks > 0 for each in found.releases)
    ages = {each.ages_s for each in shown if each.ages_s}
    return Sheet(
        title="Releases of the fleet",
        word=plural(len(found.releases), "release"),
        lead=f"{plural(leaking, 'release')} with leaks." if leaking else "No release with a leak.",
        tone="leak" if found.releases and found.releases[-1].leaks else "fine",
        facts=tuple(
            f"Resident memory is of workers aged {elapsed(low)} to {elapsed(high)}"
            for low, high in sorted(ages)[:1]
        )
        if len(ages) == 1
        else ("Resident memory is at ages that the releases of a service have in common",),
        tables=(
            SheetTable(
                "", RELEASES, tuple(map(_release, shown)), len(found.releases) - len(shown), "release"
            ),
        ),
        remarks=tuple(remark for each in shown for remark in _changes(each)),
        notes=found.notes,
    )


def _worker(each: FleetWorker) -> tuple[str, ...]:
    growth = each.rss_bytes_per_hour
    return (
        said(each.pod or each.host),
        str(each.pid),
        said(each.service),
        said(each.release),
        day(each.last_seen),
        amount(each.rss_bytes),
        amount(each.limit_bytes),
        "-" if growth is None else signed_size(growth),
        hours(each.hours_to_limit),
        said(each.worst_leak),
    )


def _release(each: FleetRelease) -> tuple[str, ...]:
    growth = each.rss_bytes_per_hour
    return (
        said(each.service),
        said(each.release),
        day(each.first_seen),
        day(each.last_seen),
        count(each.workers),
        f"{each.worker_hours:,.0f}",
        amount(each.rss_median_bytes),
        amount(each.rss_p95_bytes),
        "-" if growth is None else signed_size(growth),
        count(each.leaks),
    )


def _changes(each: FleetRelease) -> list[Remark]:
    name = said(each.release)
    came = [Remark(path, f"came with {name}.") for path in each.came]
    return [*came, *(Remark(path, f"is gone with {name}.") for path in each.went)]
