"""`heapdiff why`: who keeps the objects that the user names."""

from dataclasses import replace
from pathlib import Path

import click

from heapdiff.cli.caching import cache_option
from heapdiff.cli.options import SNAPSHOT, format_option, limit_option

SHOWN = 10


@click.command(short_help="Say who keeps objects: paths from the roots.")
@click.argument("snapshot", metavar="A", type=SNAPSHOT)
@click.argument("what", metavar="WHAT")
@limit_option(SHOWN, "paths")
@format_option("table", "json")
@cache_option()
def why(snapshot: Path, what: str, limit: int | None, form: str) -> None:
    """Show the shortest chains of references from a root to the objects matching WHAT in snapshot A, grouping identical
    chains.

    WHAT is a type, an address, or a holder path as printed by compare.

    \b
      heapdiff why second.json shop.models.Session
      heapdiff why second.json 0x7f3a5c0d1e40
      heapdiff why second.json "shop.cache.SESSIONS"
    """
    from heapdiff import analysis
    from heapdiff.cli.loading import about, open_snapshot, require_graph
    from heapdiff.cli.output import busy, print_answer, shown_rows
    from heapdiff.render.terminal.why import render_why

    graph = require_graph(open_snapshot(snapshot))
    with about(snapshot), busy("looking for paths"):
        finding = analysis.explain(graph, what)
    shortened = replace(finding, paths=finding.paths[: limit or None])
    print_answer(
        form, "why/1", shortened, lambda console: render_why(console, finding, shown_rows(limit, SHOWN))
    )
