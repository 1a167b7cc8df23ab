"""Compares snapshots of one process: types, memory, suspects, verdict.

The order of the work; no analysis itself.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from heapdiff.analysis.comparison.captured import (
    Captured,
    count_requests,
    gather,
    keep_distinct,
    keep_whole,
    process_of,
    refer,
)
from heapdiff.analysis.comparison.notes import (
    note_partial,
    note_repeated,
    note_unsampled,
    suggest_commands,
    too_few,
    write_notes,
)
from heapdiff.analysis.comparison.types import compute_type_growth
from heapdiff.analysis.growth.attribution import divide_growth
from heapdiff.analysis.growth.findings import Later
from heapdiff.analysis.growth.survivors import find_survivors
from heapdiff.analysis.native.beyond import Beyond, measure_beyond
from heapdiff.analysis.native.crediting import find_credits
from heapdiff.analysis.native.memory import compute_memory_change
from heapdiff.analysis.reach.ownership import Ownership
from heapdiff.analysis.reach.routes import Routes, compute_routes
from heapdiff.analysis.suspects.ranking import find_suspects
from heapdiff.analysis.trends.history import seconds_between
from heapdiff.analysis.trends.idle import join_idle_steps
from heapdiff.analysis.verdict.deciding import decide
from heapdiff.analysis.verdict.evidence import Evidence, Unreachable
from heapdiff.analysis.verdict.garbage import compute_garbage, describe_garbage, follow_garbage
from heapdiff.analysis.witnesses.choosing import Witnesses
from heapdiff.answers import Comparison, Garbage, Suspect, VerdictKind
from heapdiff.errors import UsageError
from heapdiff.graph.heap import HeapGraph
from heapdiff.graph.kernels import side_by_side
from heapdiff.model import Summary


@dataclass(frozen=True)
class Compared:
    """An answer and what it came from: the snapshots with a graph, oldest first, and the routes of each."""

    comparison: Comparison
    drawn: tuple[Captured, ...]
    routes: tuple[Routes, ...]


def compare(
    graphs: Sequence[HeapGraph | None],
    summaries: Sequence[Summary] | None = None,
    paths: Sequence[str] | None = None,
) -> Comparison:
    """The same as `examine`, for who needs no more than the answer."""
    return examine(graphs, summaries, paths).comparison


def examine(
    graphs: Sequence[HeapGraph | None],
    summaries: Sequence[Summary] | None = None,
    paths: Sequence[str] | None = None,
    known: Sequence[Routes] = (),
) -> Compared:
    """What grew from the first to the last snapshot, in the order in which they were taken.

    `graphs` may hold None where only the summary is there; then `summaries` must say it. `paths` are the
    names that the user gave. `known` are routes that were computed before. O(n + m) per snapshot.
    """
    named = gather(graphs, summaries, paths)
    distinct = keep_distinct(named)
    captured = keep_whole(distinct)
    if len(captured) < 2:
        message = too_few(named, distinct, captured)
        raise UsageError(message, "Give an earlier or later snapshot of the same process as well.")
    ordered = sorted(captured, key=lambda each: (each.summary.captured_at, each.summary.id))
    notes = note_repeated(named, distinct) + note_partial(distinct) + write_notes(captured, ordered)
    before, after = ordered[0].summary, ordered[-1].summary
    same_process = all(process_of(each.summary) == process_of(before) for each in ordered)
    drawn = [each for each in ordered if each.graph is not None]
    beyond = _measure_beyond(ordered) if same_process else None
    computed = {id(each.graph): each for each in known}
    found = [each.graph for each in drawn if each.graph is not None]
    routes = tuple(
        side_by_side(
            lambda graph: computed.get(id(graph)) or compute_routes(graph), found, sum(map(len, found))
        )
    )
    suspects, garbage, unreachable = _analyse(ordered, routes, same_process, beyond)
    witnesses = _find_witnesses(drawn) if same_process else None
    if witnesses is None and any(suspect.end is None for suspect in suspects):
        notes += note_unsampled(after)
    modules = drawn[-1].graph.modules if drawn and drawn[-1].graph is not None else {}
    types = compute_type_growth(before.types, after.types, Ownership.of(modules))
    memory = compute_memory_change(before, after)
    verdict = decide(
        Evidence(
            before=before,
            after=after,
            suspects=suspects,
            types=types,
            memory=memory,
            beyond=beyond,
            garbage=garbage,
            unreachable=unreachable,
            snapshots=len(ordered),
            graphs=len(drawn),
            steps=_count_steps(drawn),
            same_process=same_process,
            unowned=witnesses.ask_of_no_object().first if witnesses is not None else (),
        )
    )
    if drawn and verdict.kind is not VerdictKind.GARBAGE:
        notes = describe_garbage(garbage, drawn[-1].summary.collector) + notes
    comparison = Comparison(
        snapshots=tuple(refer(each.summary, each.path) for each in ordered),
        verdict=verdict,
        memory=memory,
        suspects=suspects,
        types=types,
        garbage=garbage,
        notes=tuple(notes),
        commands=() if same_process else suggest_commands(ordered),
    )
    return Compared(comparison, tuple(drawn), routes)


def _analyse(
    ordered: Sequence[Captured], routes: Sequence[Routes], same_process: bool, beyond: Beyond | None
) -> tuple[tuple[Suspect, ...], Garbage, Unreachable]:
    """Suspects, and what waits for the collector, from the snapshots that have a graph."""
    drawn = [each for each in ordered if each.graph is not None]
    nothing = Unreachable((), (), ())
    if not routes:
        return (), Garbage(0, 0), nothing
    garbage = compute_garbage(routes[-1])
    if not same_process or len(routes) < 2:
        return (), garbage, nothing
    first = routes[0]
    witnesses = _find_witnesses(drawn)
    if witnesses is not None:
        garbage = replace(garbage, allocated=witnesses.ask_of(~routes[-1].reached).first)
    steps = [Later(later, divide_growth(first, later, find_survivors(first, later))) for later in routes[1:]]
    requests = count_requests(drawn)
    credits = find_credits(beyond, [each.summary for each in ordered], count_requests(ordered), steps[-1])
    unreachable = follow_garbage(routes, [each.summary.collector for each in drawn], requests)
    return find_suspects(first, steps, requests, credits), garbage, unreachable


def _find_witnesses(drawn: Sequence[Captured]) -> Witnesses | None:
    """The samples of the last graph that were taken since the first, if it has any."""
    graphs = [each.graph for each in drawn if each.graph is not None]
    sampled = len(graphs) > 1 and graphs[-1].samples is not None
    return Witnesses(graphs[-1], graphs[0]) if sampled else None


def _measure_beyond(ordered: Sequence[Captured]) -> Beyond | None:
    summaries = [each.summary for each in ordered]
    return measure_beyond(summaries, count_requests(ordered), seconds_between(summaries))


def _count_steps(drawn: Sequence[Captured]) -> int:
    """Steps by which growth can be judged: between graphs, without idle ones."""
    return len(join_idle_steps([0] * (len(drawn) - 1), count_requests(drawn)))
