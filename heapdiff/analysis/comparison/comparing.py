"""Compares snapshots of one process: types, memory, suspects, verdict.

The order of the work; no analysis itself.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial

from heapdiff.analysis.comparison.captured import (
    Captured,
    Source,
    count_requests,
    gather,
    keep_distinct,
    keep_whole,
    process_of,
)
from heapdiff.analysis.comparison.looking import look_at_all
from heapdiff.analysis.comparison.notes import (
    note_partial,
    note_repeated,
    note_unsampled,
    suggest_commands,
    too_few,
    write_notes,
)
from heapdiff.analysis.comparison.types import compute_type_growth
from heapdiff.analysis.native.beyond import Beyond, measure_beyond
from heapdiff.analysis.native.crediting import find_credits
from heapdiff.analysis.native.memory import compute_memory_change
from heapdiff.analysis.reach.ownership import Ownership
from heapdiff.analysis.reach.routes import Routes, compute_routes
from heapdiff.analysis.suspects.ranking import find_suspects
from heapdiff.analysis.trends.history import seconds_between
from heapdiff.analysis.trends.idle import find_idle_steps
from heapdiff.analysis.verdict.deciding import decide
from heapdiff.analysis.verdict.evidence import Evidence, Unreachable
from heapdiff.analysis.verdict.garbage import compute_garbage, describe_garbage
from heapdiff.analysis.witnesses.choosing import Witnesses
from heapdiff.answers import Comparison, Garbage, SnapshotRef, Suspect, VerdictKind
from heapdiff.errors import UsageError
from heapdiff.graph.kernels import side_by_side
from heapdiff.model import Summary


@dataclass(frozen=True)
class Compared:
    """An answer and what it came from: the routes of the first and the last graph, as far as they were needed."""

    comparison: Comparison
    after: Summary  # of the last graph, or snapshot
    first: Routes | None
    last: Routes | None


def compare(
    graphs: Sequence[Source | None],
    summaries: Sequence[Summary] | None = None,
    paths: Sequence[str] | None = None,
) -> Comparison:
    """The same as `examine`, for who needs no more than the answer."""
    return examine(graphs, summaries, paths).comparison


def examine(
    graphs: Sequence[Source | None],
    summaries: Sequence[Summary] | None = None,
    paths: Sequence[str] | None = None,
    known: Sequence[Routes] = (),
) -> Compared:
    """What grew from the first to the last snapshot, in the order in which they were taken.

    `graphs` may hold None where only the summary is there, and functions that read a graph: of those no more than three are
    in memory at a time. With either, `summaries` must be given. `paths` are the names that the user gave. `known` are routes
    that were computed before. O(n + m) per snapshot.
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
    beyond = _measure_beyond(ordered) if same_process else None
    heaps = _Heaps([each for each in ordered if each.source is not None], same_process, known)
    drawn = heaps.drawn
    suspects, garbage, unreachable = _analyse(ordered, heaps, beyond)
    witnesses = heaps.find_witnesses()
    if witnesses is None and any(suspect.end is None for suspect in suspects):
        notes += note_unsampled(after)
    modules = heaps.last.graph.modules if heaps.last is not None else {}
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
        snapshots=tuple(SnapshotRef.of(each.summary, each.path) for each in ordered),
        verdict=verdict,
        memory=memory,
        suspects=suspects,
        types=types,
        garbage=garbage,
        notes=tuple(notes),
        commands=() if same_process else suggest_commands(ordered),
    )
    return Compared(comparison, drawn[-1].summary if drawn else after, heaps.first, heaps.last)


class _Heaps:
    """The snapshots with a graph, oldest first. Of one process the first and the last are held, of several the last."""

    def __init__(self, drawn: Sequence[Captured], same_process: bool, known: Sequence[Routes]) -> None:
        self.drawn, self._known = drawn, {id(each.graph): each for each in known}
        self.followed = same_process and len(drawn) > 1
        ends = [0, len(drawn) - 1] if self.followed else [*range(len(drawn))][-1:]
        objects = sum(drawn[number].summary.capture.objects for number in ends)
        found = side_by_side(self.open, ends, objects)
        self.first = found[0] if self.followed else None
        self.last = found[-1] if found else None

    def open(self, number: int) -> Routes:
        graph = self.drawn[number].open()
        return self._known.get(id(graph)) or compute_routes(graph)

    @property
    def between(self) -> list[Callable[[], Routes]]:
        return [partial(self.open, number) for number in range(1, len(self.drawn) - 1)]

    def find_witnesses(self) -> Witnesses | None:
        """The samples of the last graph that were taken since the first, if it has any."""
        if self.first is None or self.last is None or self.last.graph.samples is None:
            return None
        return Witnesses(self.last.graph, self.first.graph)


def _analyse(
    ordered: Sequence[Captured], heaps: _Heaps, beyond: Beyond | None
) -> tuple[tuple[Suspect, ...], Garbage, Unreachable]:
    """Suspects, and what waits for the collector, from the snapshots that have a graph."""
    nothing = Unreachable((), (), ())
    if heaps.last is None:
        return (), Garbage(0, 0), nothing
    garbage = compute_garbage(heaps.last)
    if heaps.first is None:
        return (), garbage, nothing
    if (witnesses := heaps.find_witnesses()) is not None:
        garbage = replace(garbage, allocated=witnesses.ask_of(~heaps.last.reached).first)
    collectors = [each.summary.collector for each in heaps.drawn]
    looked = look_at_all(heaps.first, heaps.last, heaps.between, collectors, count_requests(heaps.drawn))
    step = looked.history.last
    credits = find_credits(beyond, [each.summary for each in ordered], count_requests(ordered), step)
    return find_suspects(looked.history, looked.prospects, credits), garbage, looked.unreachable


def _measure_beyond(ordered: Sequence[Captured]) -> Beyond | None:
    summaries = [each.summary for each in ordered]
    return measure_beyond(summaries, count_requests(ordered), seconds_between(summaries))


def _count_steps(drawn: Sequence[Captured]) -> int:
    """Steps by which growth can be judged: between graphs, without idle ones."""
    return len(drawn) - 1 - sum(find_idle_steps(count_requests(drawn)))
