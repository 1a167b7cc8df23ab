"""One leak in full: by release, by day, and in the workers that it costs most."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from shlex import quote
from typing import Final, NamedTuple

from heapdiff.answers import (
    FleetLeakHistory,
    LeakInRelease,
    LeakInWorker,
    LeakOnDay,
    LeakState,
)
from heapdiff.errors import UsageError
from heapdiff.escaping import escape_terminal
from heapdiff.fleet.judging.owners import Owners
from heapdiff.fleet.judging.verdicts import judge
from heapdiff.fleet.questions.leaks import DISMISSED, ask_details, make_leak, moment, ratio_of, shorten
from heapdiff.fleet.questions.narrowing import HOUR_S, Narrowed, total
from heapdiff.fleet.questions.pictures import HolderSeen, ServiceSeen, picture

FINGERPRINT: Final = re.compile(r"[0-9A-Za-z_.:-]{1,80}", re.ASCII)
MOST_TOP: Final = 100
MOST_NAMED: Final = 5


class DayCount(NamedTuple):
    day: str
    workers: int
    found: int
    bytes: int


def find_history(narrowed: Narrowed, lake: str, start: str, owners: Owners) -> FleetLeakHistory:
    """Of the holder whose fingerprint begins so. Raises UsageError if there's none, or several."""
    fingerprint = _complete(narrowed, lake, start)
    suspects = narrowed.suspects
    narrowed_to = _of(narrowed, fingerprint)
    seen = [
        (service, holder)
        for service in picture(narrowed_to)
        for holder in service.holders
        if holder.fingerprint == fingerprint
    ]
    if len(seen) > 1:
        names = ", ".join(escape_terminal(service.name) or "(none)" for service, _ in seen[:MOST_NAMED])
        raise UsageError(
            f"{fingerprint}: grows in {len(seen):,} services: {names}", "Choose one with --service."
        )
    service, holder = seen[0]
    details = ask_details(narrowed_to, [fingerprint])
    rows = suspects.filter(suspects.fingerprint == fingerprint)
    days = rows.group_by("day").aggregate(
        workers=rows.worker.nunique(), found=rows.count(), bytes=total(rows.bytes_delta)
    )
    by_worker = rows.group_by(["worker", "release"]).aggregate(
        host=rows.host.max(),
        pod=rows.pod.max(),
        pid=rows.pid.max(),
        bytes=total(rows.bytes_delta),
        found=rows.count(),
        seen_last=rows.after_at.max(),
    )
    by_worker = by_worker.order_by(by_worker.bytes.desc(), by_worker.worker).limit(MOST_TOP)
    top = narrowed.asked.rows(by_worker, _in_worker)
    return FleetLeakHistory(
        lake,
        make_leak(service, holder, details, owners),
        tuple(_releases(service, holder)),
        tuple(LeakOnDay(*each) for each in sorted(narrowed.asked.rows(days, DayCount))),
        tuple(sorted(top, key=lambda each: (-each.bytes, each.worker))),
        tuple(_commands(details.examples[service.name, fingerprint].path)),
        (),
    )


def _in_worker(
    worker: str, release: str, host: str, pod: str, pid: int, size: int, found: int, last: int
) -> LeakInWorker:
    return LeakInWorker(worker, release, host, pod, pid, size, found, moment(last))


def _of(narrowed: Narrowed, fingerprint: str) -> Narrowed:
    suspects = narrowed.suspects
    return replace(narrowed, suspects=suspects.filter(suspects.fingerprint == fingerprint))


def _complete(narrowed: Narrowed, lake: str, start: str) -> str:
    """The one fingerprint that begins so."""
    shown = escape_terminal(start[:80])
    if not FINGERPRINT.fullmatch(start):
        raise UsageError(
            f"{shown}: not a fingerprint", "Use one that heapdiff fleet leaks shows, or how it begins."
        )
    suspects = narrowed.suspects
    rows = suspects.filter(suspects.fingerprint.startswith(start)).select("fingerprint").distinct()
    found = sorted(narrowed.asked.rows(rows.order_by("fingerprint").limit(MOST_NAMED + 1), str))
    if start in found:
        return start
    if not found:
        raise UsageError(
            f"{escape_terminal(lake)}: no fingerprint begins with {shown}", "heapdiff fleet leaks lists them."
        )
    if len(found) > 1:
        names = ", ".join(map(escape_terminal, found[:MOST_NAMED]))
        raise UsageError(f"{shown}: several fingerprints begin so: {names}", "Type more of it.")
    return found[0]


def _releases(service: ServiceSeen, holder: HolderSeen) -> Iterator[LeakInRelease]:
    for number, release in enumerate(service.releases):
        evidence, count = holder.evidence[number], holder.counts.get(number)
        judgement = judge(evidence) if evidence.found else None
        rate = ratio_of([count]) if count else None
        hours = release.exposure.seconds / HOUR_S
        yield LeakInRelease(
            release=release.name,
            first_seen=moment(release.workers.first),
            workers=evidence.affected,
            workers_observed=release.workers.workers,
            intervals_seen=evidence.found,
            intervals=release.exposure.intervals,
            bytes_per_request=shorten(rate.rate) if rate and rate.q else None,
            bytes_per_hour=shorten(count.bytes / hours) or 0.0 if count and hours else 0.0,
            state=(DISMISSED.get(judgement.kind, LeakState.GROWING)) if judgement else None,
            reason=judgement.reason if judgement else "",
        )


def _commands(path: str) -> Iterator[str]:
    """What to type next, where a worker runs that has it."""
    plain = path if path == escape_terminal(path) else ""
    yield "heapdiff investigate PID"
    yield "heapdiff compare first.json second.json third.json"
    if plain:
        yield f"heapdiff why third.json {quote(plain)}"
