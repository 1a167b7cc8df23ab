"""`heapdiff tree`: who retains what."""

from pathlib import Path

import click

from heapdiff.cli.caching import cache_option
from heapdiff.cli.options import SNAPSHOT, format_option

SHOWN = 30
SHOWN_AS_JSON = 1000


@click.command(short_help="Show who retains what: the dominator tree.")
@click.argument("snapshot", metavar="A", type=SNAPSHOT)
@click.option(
    "--from",
    "start",
    metavar="HOLDER",
    default="",
    help="Start from these objects: a holder path, a type or an address.",
)
@click.option(
    "-n",
    "limit",
    type=click.IntRange(min=0),
    metavar="N",
    help="Show the N rows that retain the most; 0 shows up to 1,000, the maximum. "
    f"[default: {SHOWN}; 1,000 with --format json]",
)
@format_option("table", "json")
@cache_option()
def tree(snapshot: Path, start: str, limit: int | None, form: str) -> None:
    """Show what each object of snapshot A retains: everything below it that nothing else keeps alive.

    \b
      heapdiff tree second.json
      heapdiff tree second.json --from shop.cache.SESSIONS
      heapdiff tree second.json --from shop.models.Session -n 50

    An object held by several others is shown below the nearest object that all paths to it go through. Identical
    siblings are merged into one row. 1 kB is 1000 bytes.
    """
    from heapdiff import analysis
    from heapdiff.cli.loading import about, open_snapshot, require_graph
    from heapdiff.cli.output import busy, print_answer
    from heapdiff.render.terminal.tree import render_tree

    opened = open_snapshot(snapshot)
    graph = require_graph(opened)
    rows = (SHOWN_AS_JSON if form == "json" else SHOWN) if limit is None else limit
    with about(snapshot), busy("looking for what keeps what"):
        found = analysis.build_tree(graph, start, rows, opened.summary, str(opened.path))
    print_answer(form, "tree/1", found, lambda console: render_tree(console, found))
