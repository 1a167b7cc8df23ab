"""`heapdiff advise`: what a worker could do without, and what to change."""

from pathlib import Path

import click

from heapdiff.cli.caching import cache_option
from heapdiff.cli.options import SNAPSHOT, format_option, limit_option, output_option

SHOWN = 10


@click.command(short_help="Say what the worker could do without, and what to change.")
@click.argument("snapshots", metavar="A [B]... | DIR...", nargs=-1, required=True, type=SNAPSHOT)
@click.option(
    "--all",
    "everything",
    is_flag=True,
    help="Also show findings below 1 MB or 1 % of the heap, and hints.",
)
@format_option("table", "json", "markdown")
@output_option()
@limit_option(SHOWN, "findings")
@cache_option(writes=False)
def advise(
    snapshots: tuple[Path, ...], everything: bool, form: str, output: Path | None, limit: int | None
) -> None:
    """Turn the classic advice for large Flask projects into findings about this worker: how much, where, what to change,
    what that saves, and how to check it.

    \b
      heapdiff advise second.json
      heapdiff advise first.json second.json third.json
      heapdiff advise heaps/ --all --format markdown -o advice.md

    Earlier snapshots of the same process show what grows; of several processes, the one that was captured last is looked at.
    Only the application's own code and variables are advised on. 1 kB is 1000 bytes.
    """
    from dataclasses import replace

    from heapdiff import analysis
    from heapdiff.cli.loading import expand, import_numpy, load_graph, open_all
    from heapdiff.cli.output import busy, print_table, print_text, refuse_to_overwrite, shown_rows
    from heapdiff.render.findings import render_advice_markdown
    from heapdiff.render.json import render_json
    from heapdiff.render.terminal.advice import render_advice

    import_numpy()
    refuse_to_overwrite(output, expand(snapshots))
    opened = open_all(snapshots)
    with busy("looking for what could be saved"):
        advice = analysis.advise(
            [each.summary for each in opened],
            lambda number: load_graph(opened[number]),
            [str(each.path) for each in opened],
        )
    if form == "json":
        shown = [each for each in advice.findings if each.headline or everything]
        print_text(render_json("advice/1", replace(advice, findings=tuple(shown[: limit or None]))), output)
    elif form == "markdown":
        print_text(render_advice_markdown(advice, everything, shown_rows(limit, SHOWN)), output)
    else:
        print_table(
            lambda console: render_advice(console, advice, everything, shown_rows(limit, SHOWN)), output
        )
