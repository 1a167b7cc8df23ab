"""One leak as a sheet: by release, by day, and in its workers."""

from __future__ import annotations

from typing import Final

from heapdiff.answers import FleetLeakHistory, LeakInRelease, LeakInWorker, LeakOnDay, LeakState
from heapdiff.render.amounts import count, plural, size
from heapdiff.render.fleet.leaks import tell_owner
from heapdiff.render.fleet.sheet import (
    Remark,
    Sheet,
    SheetColumn,
    SheetTable,
    amount,
    day,
    hours,
    said,
    with_margin,
)

RELEASES: Final = (
    SheetColumn("Release", "name"),
    SheetColumn("First seen", "word", 2),
    SheetColumn("Judged", "word"),
    SheetColumn("Workers"),
    SheetColumn("Intervals"),
    SheetColumn("Per request"),
    SheetColumn("Per hour", drop=1),
)
DAYS: Final = (
    SheetColumn("Day", "word"),
    SheetColumn("Workers"),
    SheetColumn("Intervals"),
    SheetColumn("Growth"),
)
WORKERS: Final = (
    SheetColumn("Growth"),
    SheetColumn("Intervals", drop=2),
    SheetColumn("PID"),
    SheetColumn("Last seen", "word", 1),
    SheetColumn("Release", "name"),
    SheetColumn("Host", "name"),
)
TONES: Final = {LeakState.GROWING: "leak", LeakState.FIXED: "fine", LeakState.QUIET: "fine"}


def describe_history(found: FleetLeakHistory, limit: int | None) -> Sheet:
    """At most `limit` days, the latest, and workers."""
    leak = found.leak
    days = found.days if limit is None else found.days[-limit:]
    top = found.top[:limit]
    return Sheet(
        title=leak.path,
        word=leak.state.value,
        lead=f"{leak.reason} {leak.confidence.value.capitalize()} confidence.",
        tone=TONES.get(leak.state, "open"),
        facts=tuple(_facts(found)),
        tables=(
            SheetTable("By release", RELEASES, tuple(map(_release, found.releases))),
            SheetTable("By day", DAYS, tuple(map(_day, days)), len(found.days) - len(days), "day"),
            SheetTable(
                "In which workers", WORKERS, tuple(map(_worker, top)), len(found.top) - len(top), "worker"
            ),
        ),
        remarks=tuple(
            Remark(each.release, each.reason)
            for each in found.releases
            if each.reason and each.state is not LeakState.GROWING and each.state is not leak.state
        ),
        commands=found.commands,
        notes=found.notes,
    )


def _facts(found: FleetLeakHistory) -> list[str]:
    leak = found.leak
    gone = f", gone with {leak.gone_with}" if leak.gone_with else ""
    limit = (
        f"The nearest worker reaches its limit in {hours(leak.hours_to_limit)}, the median one in "
        f"{hours(leak.hours_to_limit_median)}"
        if leak.hours_to_limit is not None
        else ""
    )
    rate = with_margin(leak.bytes_per_request, leak.bytes_per_request_margin)
    per_request = f"{rate} per request, " if leak.bytes_per_request is not None else ""
    return [
        each
        for each in (
            f"A {leak.holder_type}, {leak.kind.replace('-', ' ')}, that mostly holds {leak.held}",
            f"{per_request}{amount(leak.bytes_per_hour)} per hour and worker, on {plural(leak.hosts, 'host')}",
            limit,
            f"Came with {leak.first_release}{gone}" if leak.first_release else "",
            tell_owner(leak),
            f"Service {leak.service}" if leak.service else "",
            f"Fingerprint {leak.fingerprint}",
        )
        if each
    ]


def _release(each: LeakInRelease) -> tuple[str, ...]:
    return (
        said(each.release),
        day(each.first_seen),
        each.state.value if each.state else "not seen",
        f"{count(each.workers)}/{count(each.workers_observed)}",
        f"{count(each.intervals_seen)}/{count(each.intervals)}",
        amount(each.bytes_per_request),
        size(each.bytes_per_hour) if each.workers else "-",
    )


def _day(each: LeakOnDay) -> tuple[str, ...]:
    return each.day, count(each.workers), count(each.intervals_seen), size(each.bytes)


def _worker(each: LeakInWorker) -> tuple[str, ...]:
    return (
        size(each.bytes),
        count(each.intervals_seen),
        str(each.pid),
        day(each.last_seen),
        said(each.release),
        said(each.pod or each.host),
    )
