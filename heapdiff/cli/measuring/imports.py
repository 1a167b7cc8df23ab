"""`heapdiff imports`: what importing modules costs."""

import click

from heapdiff.cli.options import format_option

RUNS = 3
RUNS_MOST = 100


@click.command(short_help="Measure what importing modules costs.")
@click.argument("modules", metavar="-- MODULE...", nargs=-1, required=True)
@click.option(
    "--runs",
    metavar="N",
    type=click.IntRange(1, RUNS_MOST),
    default=RUNS,
    show_default=True,
    help="Import each N times and show the medians.",
)
@format_option("table", "json")
def imports(modules: tuple[str, ...], runs: int, form: str) -> None:
    """Import each MODULE in fresh processes of this Python, and show its time, memory (RSS), objects and modules.

    \b
      heapdiff imports -- pandas polars
      heapdiff imports --runs 9 -- shop.reports
      heapdiff imports --format json -- sqlalchemy

    Below each module are the other packages that it imports and that take longest, each with everything that these
    import. Objects are those that the garbage collector tracks. What the modules print is discarded. Modules of the
    current directory are found, too.
    """
    from heapdiff.cli.measuring.import_runs import measure_imports
    from heapdiff.cli.output import busy, print_answer
    from heapdiff.render.terminal.importing import render_imports

    with busy("importing") as done:
        found = measure_imports(modules, runs, done)
    print_answer(form, "imports/1", found, lambda console: render_imports(console, found))
