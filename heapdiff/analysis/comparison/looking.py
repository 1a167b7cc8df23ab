"""Looks at the graphs of one process: the first and the last are held, each of those between only while it's looked at.

The order of the work and what is let go of; no analysis itself.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from heapdiff.analysis.growth.attribution import describe_groups, divide
from heapdiff.analysis.growth.between import Between, keep
from heapdiff.analysis.growth.findings import Later
from heapdiff.analysis.growth.sightings import Sightings
from heapdiff.analysis.growth.survivors import find_survivors
from heapdiff.analysis.reach.routes import Routes
from heapdiff.analysis.suspects.prospects import Prospects, find_prospects
from heapdiff.analysis.trends.history import History
from heapdiff.analysis.verdict.evidence import Unreachable
from heapdiff.analysis.verdict.garbage import GarbageFollowing
from heapdiff.model import Collector


@dataclass(frozen=True)
class Looked:
    """What the judgement needs of all graphs."""

    history: History
    prospects: Prospects
    unreachable: Unreachable


def look_at_all(
    first: Routes,
    last: Routes,
    between: Sequence[Callable[[], Routes]],
    collectors: Sequence[Collector | None],
    requests: tuple[int, ...],
) -> Looked:
    """Each of those between is opened once, the latest first. What then turns out to be missing opens it again."""
    garbage = GarbageFollowing(collectors)
    garbage.look(0, first)
    garbage.look(len(between) + 1, last)
    step = Later(last, describe_groups(divide(first, last, find_survivors(first, last))))
    prospects, sightings = find_prospects(step), Sightings(first, last, between)
    places = prospects.places if between else []
    kept: list[Between] = []
    for number in range(len(between), 0, -1):
        routes = between[number - 1]()
        garbage.look(number, routes)
        kept.append(keep(routes, divide(first, routes, find_survivors(first, routes)), step))
        if number == len(between) and (likely := prospects.settle(kept)) is not prospects:
            places = [*places, *likely.places]
        sightings.look(number, routes, places)
        del routes  # before the next one is opened
    kept.reverse()
    history = History(step, kept, sightings, requests)
    return Looked(history, prospects.settle(kept), garbage.sum_up(requests))
