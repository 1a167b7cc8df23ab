"""From opened snapshots to the printed answer of a comparison, for every command that compares."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final, NoReturn

from heapdiff.cli.streams import say
from heapdiff.errors import SnapshotError

if TYPE_CHECKING:
    from heapdiff.analysis.comparison.captured import Source
    from heapdiff.answers import Comparison, Comparisons, Report
    from heapdiff.model import Summary
    from heapdiff.remote.rights import Owner
    from heapdiff.snapshot import Snapshot

    Compare = Callable[[Sequence[Source | None], Sequence[Summary], Sequence[str]], Comparison]

SHOWN: Final = 10
GREW: Final = 1


@dataclass(frozen=True, slots=True)
class Named:
    """A snapshot, what the answer calls its path, as whom root opens it (None: as himself), and why it has no graph that can be
    read, where that is known."""

    snapshot: Snapshot
    path: str
    owner: Owner | None = None
    unread: Exception | None = None


@dataclass(frozen=True, slots=True)
class Reported:
    """An answer, and a report on each of its comparisons."""

    answer: Comparison | Comparisons
    reports: tuple[Report, ...]


def compare_named(named: Sequence[Named]) -> Comparison | Comparisons:
    """What grew, of one process or of each. Raises HeapdiffError."""
    from heapdiff import analysis
    from heapdiff.cli.loading import import_numpy

    import_numpy()
    return _compare(named, analysis.compare)


def compare_and_report(named: Sequence[Named], pictures: int | None) -> Reported:
    """The same, and what a page says of each process, with pictures of so many suspects (None: of all)."""
    from heapdiff import analysis
    from heapdiff.cli.loading import import_numpy

    import_numpy()
    reports: list[Report] = []

    def compare(
        graphs: Sequence[Source | None], summaries: Sequence[Summary], paths: Sequence[str]
    ) -> Comparison:
        comparison, report = analysis.compare_and_report(graphs, summaries, paths, pictures)
        reports.append(report)
        return comparison

    return Reported(_compare(named, compare), tuple(reports))


def _compare(named: Sequence[Named], compare: Compare) -> Comparison | Comparisons:
    from heapdiff import analysis
    from heapdiff.analysis.comparison.processes import UNREADABLE
    from heapdiff.cli.failure import explain

    unread: list[Exception] = []

    def compare_some(chosen: Sequence[int], drawn: Sequence[int]) -> Comparison:
        try:
            return _compare_some(named, compare, chosen, drawn)
        except UNREADABLE as error:
            unread.append(error)
            raise

    answer = analysis.compare_processes([each.snapshot.summary for each in named], compare_some)
    for error in unread:
        say(f"heapdiff: {explain(error).message}")
    return answer


def _compare_some(
    named: Sequence[Named], compare: Compare, chosen: Sequence[int], drawn: Sequence[int]
) -> Comparison:
    from heapdiff.cli.loading import make_readers
    from heapdiff.cli.output import busy

    picked = [named[each] if each in drawn else None for each in chosen]
    # while root acts as somebody, nothing else may go on: these are read now, and not side by side
    apart = [None if each is None else _source_apart(each) for each in picked]
    with busy("comparing") as progress:
        readers = make_readers(
            [
                None if each is None or source is not None else each.snapshot
                for each, source in zip(picked, apart, strict=True)
            ],
            progress,
        )
        return compare(
            [read if source is None else source for source, read in zip(apart, readers, strict=True)],
            [named[each].snapshot.summary for each in chosen],
            [named[each].path for each in chosen],
        )


def _source_apart(each: Named) -> Source | None:
    """The graph, or why there's none, of a snapshot that isn't read beside others."""
    from heapdiff.cli.loading import load_graph

    if each.unread is not None:
        return partial(_raise, each.unread)
    return None if each.owner is None else load_graph(each.snapshot, each.owner)


def _raise(error: Exception) -> NoReturn:
    raise error


def print_comparison(
    answer: Comparison | Comparisons, form: str, limit: int | None, output: Path | None = None
) -> None:
    """As a table, JSON or Markdown. `limit` None: the usual number of rows, in JSON all; 0: all."""
    from heapdiff.cli.output import print_table, print_text, shown_rows
    from heapdiff.render.json import render_comparison_json
    from heapdiff.render.markdown import render_markdown
    from heapdiff.render.terminal.several import render_answer

    rows = shown_rows(limit, SHOWN)
    if form == "json":
        print_text(render_comparison_json(answer, limit or None), output)
    elif form == "markdown":
        print_text(render_markdown(answer, rows), output)
    else:
        print_table(lambda console: render_answer(console, answer, rows), output)


def check_growth(answer: Comparison | Comparisons, tolerated: int, complete: bool = True) -> int:
    """The exit code, after a line on stderr for each process that there is something to say of.

    What couldn't be read may have grown: not `complete`, or a process that isn't compared.
    """
    from heapdiff.analysis.comparison.processes import UNREAD
    from heapdiff.answers import Comparison, Comparisons

    if isinstance(answer, Comparison) and not answer.same_process:
        say("heapdiff: these snapshots are of different processes, so growth cannot be told")
        return 0
    grew = 0
    for comparison in answer.processes if isinstance(answer, Comparisons) else (answer,):
        growth = comparison.snapshots[-1].bytes - comparison.snapshots[0].bytes
        if growth > tolerated:
            whose = f"pid {comparison.snapshots[-1].pid}: " if isinstance(answer, Comparisons) else ""
            say(f"heapdiff: {whose}Python objects grew by {growth:,} bytes, more than {tolerated:,}")
            grew = GREW
    complete &= not (isinstance(answer, Comparisons) and any(note.endswith(UNREAD) for note in answer.notes))
    if not complete:
        say("heapdiff: growth cannot be told of what could not be read")
        return grew or SnapshotError.exit_code
    return grew
