"""Whether a release leaks more than another: by service, at ages that both were observed at, each worker one observation."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, NamedTuple

from heapdiff.answers import Gate, GateRow, GateSide, GateVerdict
from heapdiff.errors import UsageError
from heapdiff.escaping import escape_terminal
from heapdiff.fleet.judging.margins import Ratio, chance_of_more, holm
from heapdiff.fleet.judging.thresholds import (
    DOUBT,
    FAMILY_ERROR,
    LEAST_GROWTH,
    LEAST_INTERVALS,
    LEAST_WORKERS,
    MOSTLY_KNOWN,
)
from heapdiff.fleet.judging.verdicts import Judgement, Kind, judge
from heapdiff.fleet.questions.counts import find_examples
from heapdiff.fleet.questions.leaks import shorten
from heapdiff.fleet.questions.narrowing import Narrowed
from heapdiff.fleet.questions.pictures import ReleaseSeen, ServiceSeen, picture
from heapdiff.fleet.questions.rates import Grown, Traffic, count_grown, count_traffic, rate_of

if TYPE_CHECKING:
    from ibis import Table

WORSE: Final = ("new", "grown")
OPEN: Final = (Kind.LEAK, Kind.TOO_LITTLE)


@dataclass(frozen=True)
class Sides:
    """What two releases of one service come to. `missing` says why they can't be compared, or is empty."""

    service: ServiceSeen
    before: Traffic
    after: Traffic
    grown: Mapping[tuple[str, str], Grown]
    by_requests: bool
    missing: str

    def rates(self, fingerprint: str) -> Rates:
        """Per request, as traffic moves all else; but what workers show that don't count requests counts, too."""
        hourly = self._rates(fingerprint, False)
        counted = self._rates(fingerprint, True) if self.by_requests else hourly
        same = [bool(each.b) for each in counted] == [bool(each.b) for each in hourly]
        shown = counted if same else hourly
        return Rates(
            *shown, "request" if same and self.by_requests else "hour", shown if hourly[0].b else hourly
        )

    def _rates(self, fingerprint: str, by_requests: bool) -> tuple[Ratio, Ratio]:
        before, after = (
            rate_of(each, self.grown.get((each.release, fingerprint)), by_requests)
            for each in (self.before, self.after)
        )
        return before, after


class Rates(NamedTuple):
    """Before and after, as they're shown; and as they're `tested`: what is new, over all workers by the hour."""

    before: Ratio
    after: Ratio
    unit: str
    tested: tuple[Ratio, Ratio]


@dataclass(frozen=True)
class Weighed:
    """A row, what its growth is in the later release, and whether the rate is higher there."""

    row: GateRow
    kind: Kind
    worse: bool
    doubtful: bool = False


def pass_gate(narrowed: Narrowed, lake: str, before: str, after: str) -> Gate:
    """Raises UsageError where the lake has no such release."""
    narrowed = _of_releases(narrowed, (before, after))
    services = picture(narrowed)
    for release in (before, after):
        if not any(each.name == release for service in services for each in service.releases):
            shown = escape_terminal(release)
            raise UsageError(
                f"{escape_terminal(lake)}: no intervals of release {shown}",
                "heapdiff fleet releases lists those that there are.",
            )
    sides = list(_sides(narrowed, services, before, after))
    weighed = _name(narrowed, _decide([each for side in sides for each in _weigh(side)]))
    verdict, reason = _sum_up(sides, weighed, before, after)
    return Gate(
        lake,
        verdict,
        reason,
        tuple(_side(each.before) for each in sides),
        tuple(_side(each.after) for each in sides),
        tuple(each.row for each in sorted(weighed, key=_order)),
        tuple(f"{each.service.name or 'no service'}: {each.missing}" for each in sides if each.missing),
    )


def _order(weighed: Weighed) -> tuple[bool, bool, bool, float, str, str]:
    row = weighed.row
    leaks = weighed.kind is Kind.LEAK
    return not row.failed, not weighed.doubtful, not leaks, row.chance, row.service, row.fingerprint


def _of_releases(narrowed: Narrowed, names: Sequence[str]) -> Narrowed:
    comparisons, suspects = narrowed.comparisons, narrowed.suspects
    return replace(
        narrowed,
        comparisons=comparisons.filter(comparisons.release.isin(names)),
        suspects=suspects.filter(suspects.release.isin(names)),
    )


def _sides(narrowed: Narrowed, services: Sequence[ServiceSeen], before: str, after: str) -> Iterator[Sides]:
    """Services of which the later release was seen."""
    for service in services:
        name, named = service.name, {each.name: each for each in service.releases}
        if after not in named:
            continue
        first, second = named.get(before), named[after]
        bands = [] if first is None else _common(first, second)
        by_requests = first is not None and all(map(_knows_requests, (first, second)))
        exposed, grew = (_at(rows, name, bands) for rows in (narrowed.exposed, narrowed.grown))
        asked = narrowed.asked
        traffic = {each.release: each for each in count_traffic(asked, exposed)} if bands else {}
        grown = (
            {(each.release, each.fingerprint): each for each in count_grown(asked, exposed, grew)}
            if bands
            else {}
        )
        one, two = (traffic.get(release, _no_traffic(name, release)) for release in (before, after))
        yield Sides(service, one, two, grown, by_requests, _missing(first, one, two, bands))


def _common(first: ReleaseSeen, second: ReleaseSeen) -> list[int]:
    """The bands of ages at which both were observed."""
    return [
        band
        for band in sorted(first.bands.keys() & second.bands.keys())
        if min(first.bands[band].intervals, second.bands[band].intervals) >= LEAST_INTERVALS
    ]


def _at(rows: Table, service: str, bands: Sequence[int]) -> Table:
    return rows.filter(rows.service == service, rows.band.isin(bands))


def _no_traffic(service: str, release: str) -> Traffic:
    return Traffic(service, release, 0, 0, 0.0, 0.0, 0, 0.0, 0.0)


def _knows_requests(release: ReleaseSeen) -> bool:
    exposure = release.exposure
    return exposure.requests > 0 and exposure.with_requests >= MOSTLY_KNOWN * exposure.intervals


def _missing(first: ReleaseSeen | None, before: Traffic, after: Traffic, bands: Sequence[int]) -> str:
    if first is None:
        return (
            f"release {escape_terminal(before.release)} wasn't observed, so there's nothing to compare with"
        )
    if not bands:
        return "no workers of the two releases were observed at like age"
    few = [each for each in (before, after) if each.workers < LEAST_WORKERS]
    if not few:
        return ""
    seen = " and ".join(f"{each.workers:,} of {escape_terminal(each.release)}" for each in few)
    return (
        f"only {seen} were observed over {LEAST_INTERVALS} intervals at like age: "
        f"it takes {LEAST_WORKERS} workers of each release"
    )


def _weigh(sides: Sides) -> Iterator[Weighed]:
    """Each holder of either release; whether one fails is decided over all of them."""
    number = next(at for at, each in enumerate(sides.service.releases) if each.name == sides.after.release)
    for holder in sides.service.holders:
        rates = sides.rates(holder.fingerprint)
        if rates.before.b or rates.after.b:
            judgement = judge(holder.evidence[number])
            row = _row(sides, holder.fingerprint, rates, judgement)
            yield Weighed(row, judgement.kind, worse=row.change in WORSE)


def _row(sides: Sides, fingerprint: str, rates: Rates, judgement: Judgement) -> GateRow:
    before, after = rates.before, rates.after
    counts = [sides.grown.get((each.release, fingerprint)) for each in (sides.before, sides.after)]
    return GateRow(
        service=sides.service.name,
        fingerprint=fingerprint,
        path="",
        change=_change(before, after),
        failed=False,
        unit=rates.unit,
        before=shorten(before.rate) or 0.0,
        before_margin=shorten(before.margin),
        after=shorten(after.rate) or 0.0,
        after_margin=shorten(after.margin),
        workers_before=counts[0].workers if counts[0] else 0,
        workers_after=counts[1].workers if counts[1] else 0,
        chance=1.0 if sides.missing else shorten(chance_of_more(*rates.tested)) or 0.0,
        reason=judgement.reason if after.b else "Not seen any more.",
    )


def _change(before: Ratio, after: Ratio) -> str:
    if not before.b:
        return "new"
    if after.rate >= LEAST_GROWTH * before.rate:
        return "grown"
    return "less" if after.rate * LEAST_GROWTH <= before.rate else "same"


def _decide(weighed: Sequence[Weighed]) -> list[Weighed]:
    """Only what's a leak in the later release can fail, and only those are tests that may err.

    A leak that only the later one shows is no reason to pass, even in too few workers to be the release's own.
    """
    tested = {
        f"{each.row.service}\0{each.row.fingerprint}": each.row.chance
        for each in weighed
        if each.kind is Kind.LEAK
    }
    passed = holm(tested, FAMILY_ERROR)
    decided = []
    for each in weighed:
        failed = each.worse and f"{each.row.service}\0{each.row.fingerprint}" in passed
        unlikely = each.kind in OPEN and each.row.chance < DOUBT
        only_now = each.kind is Kind.LEAK and each.row.change == "new"
        doubtful = each.worse and not failed and (unlikely or only_now)
        decided.append(replace(each, row=replace(each.row, failed=failed), doubtful=doubtful))
    return decided


def _name(narrowed: Narrowed, weighed: Sequence[Weighed]) -> list[Weighed]:
    """With the paths of the holders."""
    examples = find_examples(narrowed, (each.row.fingerprint for each in weighed))
    named = []
    for each in weighed:
        example = examples.get((each.row.service, each.row.fingerprint))
        named.append(replace(each, row=replace(each.row, path=example.path if example else "")))
    return named


def _sum_up(
    sides: Sequence[Sides], weighed: Sequence[Weighed], before: str, after: str
) -> tuple[GateVerdict, str]:
    failed = [each.row for each in weighed if each.row.failed]
    doubtful = [each.row for each in weighed if each.doubtful]
    old, new = escape_terminal(before), escape_terminal(after)
    if failed:
        holders = "1 holder grows" if len(failed) == 1 else f"{len(failed):,} holders grow"
        return GateVerdict.FAILED, f"{holders} in {new} and didn't, or grew more slowly, in {old}."
    if doubtful:
        holders = "1 holder" if len(doubtful) == 1 else f"{len(doubtful):,} holders"
        return (
            GateVerdict.INCONCLUSIVE,
            f"{holders} may grow in {new} more than in {old}: it takes more workers, or a longer time, to be sure.",
        )
    if any(each.missing for each in sides):
        return GateVerdict.INCONCLUSIVE, "At least one service was observed too little to tell."
    workers = sum(each.after.workers for each in sides)
    return GateVerdict.PASSED, f"Nothing grows more in {new} than in {old}, over {workers:,} workers."


def _side(traffic: Traffic) -> GateSide:
    return GateSide(
        traffic.service, traffic.release, traffic.workers, traffic.intervals, shorten(traffic.h) or 0.0
    )
