"""From opened snapshots to the printed answer of a comparison, for every command that compares."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from heapdiff.answers import Comparison, Comparisons
from heapdiff.cli.streams import say

if TYPE_CHECKING:
    from heapdiff.answers import Picture
    from heapdiff.snapshot import Snapshot

SHOWN: Final = 10
GREW: Final = 1


@dataclass(frozen=True, slots=True)
class Named:
    """A snapshot, and what the answer calls its path."""

    snapshot: Snapshot
    path: str


@dataclass(frozen=True, slots=True)
class Drawn:
    """An answer, and of each of its comparisons the pictures of what grew, by the suspects' rank."""

    answer: Comparison | Comparisons
    pictures: tuple[dict[int, Picture], ...]


def compare_named(named: Sequence[Named]) -> Comparison | Comparisons:
    """What grew, of one process or of each. Raises HeapdiffError."""
    return compare_and_draw(named, 0).answer


def compare_and_draw(named: Sequence[Named], most: int | None) -> Drawn:
    """The same with pictures of the first `most` suspects of each process, None: of all. Raises HeapdiffError.

    What a process before it told by the same fingerprint isn't drawn again.
    """
    from heapdiff import analysis
    from heapdiff.cli.loading import load_graph
    from heapdiff.cli.output import busy

    pictures: list[dict[int, Picture]] = []
    told: set[str] = set()

    def compare_some(chosen: Sequence[int], drawn: Sequence[int]) -> Comparison:
        graphs = [load_graph(named[each].snapshot) if each in drawn else None for each in chosen]
        summaries, paths = zip(
            *((named[each].snapshot.summary, named[each].path) for each in chosen), strict=True
        )
        with busy("comparing"):
            comparison, found = analysis.compare_and_draw(graphs, summaries, paths, most)
        new = [each for each in comparison.suspects if each.fingerprint not in told]
        pictures.append({each.rank: found[each.rank] for each in new if each.rank in found})
        told.update(each.fingerprint for each in new)
        return comparison

    answer = analysis.compare_processes([each.snapshot.summary for each in named], compare_some)
    return Drawn(answer, tuple(pictures))


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
