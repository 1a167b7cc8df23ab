"""`heapdiff compare`: what grew between snapshots, and who keeps it."""

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

import click

from heapdiff.answers import Comparison, Comparisons
from heapdiff.cli.options import SNAPSHOT, format_option, limit_option, output_option, parse_size
from heapdiff.cli.streams import say
from heapdiff.errors import UsageError

SHOWN = 10
GREW = 1


@click.command(short_help="Say what grew between snapshots, and who keeps it.")
@click.argument("snapshots", metavar="A B [C]... | DIR...", nargs=-1, required=True, type=SNAPSHOT)
@format_option("table", "json", "markdown")
@output_option()
@limit_option(SHOWN, "suspects and types")
@click.option(
    "--fail-on-growth",
    "tolerated",
    metavar="BYTES",
    type=parse_size,
    help="Exit with 1 if a process's Python objects grew by more than BYTES (10MB, 64KiB) from its first snapshot to "
    "its last.",
)
@click.pass_context
def compare(
    ctx: click.Context,
    snapshots: tuple[Path, ...],
    form: str,
    output: Path | None,
    limit: int | None,
    tolerated: int | None,
) -> None:
    """Compare two or more snapshots of a process, in any order; they're sorted by time. A directory stands for the
    snapshots in it.

    The first line is the answer. Below it are the suspects: containers that grew, what they now hold in addition, per
    request, which line and view allocated it (if "heapdiff sample" was on), which code can put something there, the
    references that keep them alive, and what to do.

    \b
      heapdiff compare first.json second.json
      heapdiff compare heaps/
      heapdiff compare *.json --format markdown -o bug-report.md
      heapdiff compare before.json after.json --fail-on-growth 10MB

    Snapshots of several processes, such as a server's workers, are compared process by process. What the processes
    have in common comes first.

    1 kB is 1000 bytes.
    """
    from heapdiff.cli.loading import expand
    from heapdiff.cli.output import refuse_to_overwrite

    paths = expand(snapshots)
    if len(paths) < 2:
        raise UsageError(
            f"{paths[0]}: only one snapshot; compare needs at least two", "Add an earlier or later one."
        )
    refuse_to_overwrite(output, paths)
    answer = _compare(paths)
    _print(answer, form, output, limit)
    if tolerated is not None:
        ctx.exit(_check_growth(answer, tolerated))


def _check_growth(answer: Comparison | Comparisons, tolerated: int) -> int:
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


def _compare(paths: Sequence[Path]) -> Comparison | Comparisons:
    from heapdiff import analysis
    from heapdiff.cli.loading import open_snapshot
    from heapdiff.cli.output import busy
    from heapdiff.graph import load

    opened = [open_snapshot(path) for path in paths]

    def compare_some(chosen: Sequence[int], drawn: Sequence[int]) -> Comparison:
        graphs = [
            partial(load, opened[each]) if each in drawn and opened[each].heap is not None else None
            for each in chosen
        ]
        with busy("comparing"):
            return analysis.compare(
                graphs, [opened[each].summary for each in chosen], [str(opened[each].path) for each in chosen]
            )

    return analysis.compare_processes([each.summary for each in opened], compare_some)


def _print(answer: Comparison | Comparisons, form: str, output: Path | None, limit: int | None) -> None:
    from heapdiff.cli.output import print_table, print_text, shown_rows
    from heapdiff.render.markdown import render_markdown
    from heapdiff.render.terminal.several import render_answer

    rows = shown_rows(limit, SHOWN)
    if form == "json":
        print_text(_render_json(answer, limit or None), output)
    elif form == "markdown":
        print_text(render_markdown(answer, rows), output)
    else:
        print_table(lambda console: render_answer(console, answer, rows), output)


def _render_json(answer: Comparison | Comparisons, limit: int | None) -> str:
    from heapdiff.render.json import render_json

    if isinstance(answer, Comparison):
        return render_json("compare/1", _shorten(answer, limit))
    processes = tuple(_shorten(each, limit) for each in answer.processes)
    shortened = replace(answer, shared=answer.shared[:limit], processes=processes)
    return render_json("comparisons/1", shortened, processes="compare/1")


def _shorten(comparison: Comparison, limit: int | None) -> Comparison:
    return replace(comparison, suspects=comparison.suspects[:limit], types=comparison.types[:limit])
