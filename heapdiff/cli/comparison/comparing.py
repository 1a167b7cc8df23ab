"""From opened snapshots to the printed answer of a comparison, for every command that compares."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from heapdiff.cli.streams import say

if TYPE_CHECKING:
    from heapdiff.answers import Comparison, Comparisons, Report
    from heapdiff.graph.heap import HeapGraph
    from heapdiff.model import Summary
    from heapdiff.remote.rights import Owner
    from heapdiff.snapshot import Snapshot

    Compare = Callable[[Sequence[HeapGraph | None], Sequence[Summary], Sequence[str]], Comparison]

SHOWN: Final = 10
GREW: Final = 1


@dataclass(frozen=True, slots=True)
class Named:
    """A snapshot, what the answer calls its path, and as whom root opens it: None where our user named it himself."""

    snapshot: Snapshot
    path: str
    owner: Owner | None = None


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
        graphs: Sequence[HeapGraph | None], summaries: Sequence[Summary], paths: Sequence[str]
    ) -> Comparison:
        comparison, report = analysis.compare_and_report(graphs, summaries, paths, pictures)
        reports.append(report)
        return comparison

    return Reported(_compare(named, compare), tuple(reports))


def _compare(named: Sequence[Named], compare: Compare) -> Comparison | Comparisons:
    from heapdiff import analysis
    from heapdiff.cli.output import busy

    def compare_some(chosen: Sequence[int], drawn: Sequence[int]) -> Comparison:
        graphs = _load([named[each] if each in drawn else None for each in chosen])
        with busy("comparing"):
            return compare(
                graphs,
                [named[each].snapshot.summary for each in chosen],
                [named[each].path for each in chosen],
            )

    return analysis.compare_processes([each.snapshot.summary for each in named], compare_some)


def _load(named: Sequence[Named | None]) -> list[HeapGraph | None]:
    """Each as its owner opens it: a snapshot says itself of which process it is, so they may be several users'."""
    from heapdiff.cli.loading import load_graphs

    graphs: list[HeapGraph | None] = [None] * len(named)
    for owner in dict.fromkeys(each.owner for each in named if each is not None):
        own = [each.snapshot if each is not None and each.owner == owner else None for each in named]
        loaded = load_graphs(own, owner)
        graphs = [known if new is None else new for known, new in zip(graphs, loaded, strict=True)]
    return graphs


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


def check_growth(answer: Comparison | Comparisons, tolerated: int) -> int:
    """The exit code, after a line on stderr for each process that there is something to say of."""
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
    return grew
