"""`heapdiff compare`: what grew between snapshots, and who keeps it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import click

from heapdiff.answers import Comparison
from heapdiff.cli.options import SNAPSHOT, format_option, limit_option, output_option, parse_size
from heapdiff.errors import UsageError

SHOWN = 10
GREW = 1


@click.command(short_help="Say what grew between snapshots, and who keeps it.")
@click.argument("snapshots", metavar="A B [C]...", nargs=-1, required=True, type=SNAPSHOT)
@format_option("table", "json", "markdown")
@output_option()
@limit_option(SHOWN, "suspects and types")
@click.option(
    "--fail-on-growth",
    "tolerated",
    metavar="BYTES",
    type=parse_size,
    help="Exit with 1 if the Python objects of the last snapshot weigh over BYTES (10MB, 64KiB) more than in "
    "the first.",
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
    """Compare two or more snapshots of one process, in any order: they are sorted by time.

    The first line is the answer. Below it stand the suspects: containers that grew, what they newly hold, per
    request, the references that keep them alive, and what to do.

    \b
      heapdiff compare first.json second.json
      heapdiff compare *.json --format markdown -o bug-report.md
      heapdiff compare before.json after.json --fail-on-growth 10MB

    Bytes are in powers of 1000: 1 kB is 1000 bytes.
    """
    from heapdiff.cli.output import refuse_to_overwrite

    if len(snapshots) < 2:
        raise UsageError(
            f"{snapshots[0]}: compared with nothing", "Name an earlier or later snapshot as well."
        )
    refuse_to_overwrite(output, snapshots)
    comparison = _compare(snapshots)
    _print(comparison, form, output, limit)
    if tolerated is not None:
        ctx.exit(_check_growth(comparison, tolerated))


def _check_growth(comparison: Comparison, tolerated: int) -> int:
    """The exit code, after a line on stderr if there is something to say."""
    if not comparison.same_process:
        click.echo("heapdiff: snapshots of different processes do not tell whether one grew", err=True)
        return 0
    growth = growth_bytes(comparison)
    if growth <= tolerated:
        return 0
    click.echo(f"heapdiff: Python objects grew by {growth:,} bytes, more than {tolerated:,}", err=True)
    return GREW


def growth_bytes(comparison: Comparison) -> int:
    """By how much the Python objects of the last snapshot weigh more than those of the first."""
    return comparison.snapshots[-1].bytes - comparison.snapshots[0].bytes


def _compare(paths: tuple[Path, ...]) -> Comparison:
    from heapdiff import analysis
    from heapdiff.cli.loading import load_graph, open_snapshot
    from heapdiff.cli.output import busy

    opened = [open_snapshot(path) for path in paths]
    graphs = [load_graph(snapshot) for snapshot in opened]
    with busy("comparing"):
        return analysis.compare(
            graphs, [snapshot.summary for snapshot in opened], [str(snapshot.path) for snapshot in opened]
        )


def _print(comparison: Comparison, form: str, output: Path | None, limit: int | None) -> None:
    from heapdiff.cli.output import print_table, print_text, shown_rows
    from heapdiff.render.json import render_json
    from heapdiff.render.markdown import render_markdown
    from heapdiff.render.terminal.comparison import render_comparison

    rows = shown_rows(limit, SHOWN)

    if form == "json":
        cut = limit or None
        shortened = replace(comparison, suspects=comparison.suspects[:cut], types=comparison.types[:cut])
        print_text(render_json("compare/1", shortened), output)
    elif form == "markdown":
        print_text(render_markdown(comparison, rows), output)
    else:
        print_table(lambda console: render_comparison(console, comparison, rows), output)
