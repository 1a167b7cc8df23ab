"""Everything that is known of a process, for one page. Puts answers together; no analysis itself."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from heapdiff.analysis.comparison.captured import (
    Captured,
    Source,
    gather,
    keep_distinct,
    keep_whole,
)
from heapdiff.analysis.comparison.types import list_types
from heapdiff.analysis.native.memory import compute_memory_change
from heapdiff.analysis.owner_map.mapping import map_owners
from heapdiff.analysis.queries.picture import picture_suspects
from heapdiff.analysis.reach.ownership import Ownership
from heapdiff.analysis.reach.routes import Routes, compute_routes
from heapdiff.analysis.waste.concerning import compare_whole
from heapdiff.answers import Comparison, OwnerMap, Report, SnapshotRef
from heapdiff.model import Summary

MOST_PICTURES: Final = 5


def build_report(
    graphs: Sequence[Source | None],
    summaries: Sequence[Summary] | None = None,
    paths: Sequence[str] | None = None,
) -> Report:
    """One snapshot, or several of a process, in any order.

    `graphs` are as for `compare`. `paths` are the names that the user gave. O(n log n) for each graph; the map is of the
    first and the last.
    """
    captured = _order(graphs, summaries, paths)
    if len(captured) > 1:
        return compare_and_report(
            [each.source for each in captured],
            [each.summary for each in captured],
            [each.path for each in captured],
        )[1]
    routes = tuple(compute_routes(each.open()) for each in captured if each.source is not None)
    return _put_together(captured, None, routes, MOST_PICTURES)


def compare_and_report(
    graphs: Sequence[Source | None],
    summaries: Sequence[Summary] | None = None,
    paths: Sequence[str] | None = None,
    pictures: int | None = MOST_PICTURES,
) -> tuple[Comparison, Report]:
    """The answer as `compare` gives it, and the report on it, with so many pictures (None: of all
    suspects); the graphs are looked at once."""
    compared = compare_whole(graphs, summaries, paths)
    captured = _order(graphs, summaries, paths)
    routes = tuple(each for each in (compared.first, compared.last) if each is not None)
    return compared.comparison, _put_together(captured, compared.comparison, routes, pictures)


def _order(
    graphs: Sequence[Source | None], summaries: Sequence[Summary] | None, paths: Sequence[str] | None
) -> list[Captured]:
    named = keep_distinct(gather(graphs, summaries, paths))
    return sorted(keep_whole(named) or named, key=lambda each: (each.summary.captured_at, each.summary.id))


def _put_together(
    captured: Sequence[Captured],
    comparison: Comparison | None,
    routes: Sequence[Routes],
    pictures: int | None,
) -> Report:
    first, last = captured[0].summary, captured[-1].summary
    modules = routes[-1].graph.modules if routes else {}
    return Report(
        snapshots=tuple(SnapshotRef.of(each.summary, each.path) for each in captured),
        summaries=tuple(each.summary for each in captured),
        comparison=comparison,
        memory=tuple(compute_memory_change(first, each.summary) for each in captured),
        types=list_types(first.types, last.types, Ownership.of(modules)),
        owners=_map(captured, routes),
        pictures=picture_suspects(comparison, routes[0], routes[-1], pictures)
        if comparison is not None and len(routes) > 1
        else (),
    )


def _map(captured: Sequence[Captured], routes: Sequence[Routes]) -> OwnerMap | None:
    drawn = [SnapshotRef.of(each.summary, each.path) for each in captured if each.source is not None]
    ends = drawn[:1] + drawn[-1:] if len(routes) > 1 else drawn[-1:]
    return map_owners(routes, ends) if routes else None
