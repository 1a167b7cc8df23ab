"""`heapdiff show`: what one snapshot holds."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click
from click.core import ParameterSource

from heapdiff.cli.caching import cache_option
from heapdiff.cli.options import SNAPSHOT, format_option, limit_option
from heapdiff.errors import UsageError

if TYPE_CHECKING:
    from heapdiff.answers import Inventory
    from heapdiff.snapshot import Snapshot

SHOWN = 20
MOST_RETAINED = 50


@click.command(short_help="List what one snapshot holds.")
@click.argument("snapshot", metavar="A", type=SNAPSHOT)
@click.option(
    "--by",
    type=click.Choice(["type", "holder", "module", "package", "distribution", "site", "entry"]),
    default="type",
    show_default=True,
    help="Group by the objects' type, by what keeps them alive (variable, module, package, installed distribution), or by "
    "what allocated them: line of code, or view, task or job.",
)
@click.option(
    "--retained",
    is_flag=True,
    help=f"Also show each row's retained size, for at most {MOST_RETAINED} rows.",
)
@click.option(
    "--since",
    metavar="BASE",
    type=SNAPSHOT,
    help="List the holders of what is new since this earlier snapshot instead, however little it is.",
)
@limit_option(SHOWN, "rows")
@format_option("table", "json")
@click.pass_context
@cache_option()
def show(
    ctx: click.Context,
    snapshot: Path,
    by: str,
    retained: bool,
    since: Path | None,
    limit: int | None,
    form: str,
) -> None:
    """List what snapshot A holds, largest first.

    \b
      heapdiff show second.json
      heapdiff show second.json --by holder --retained
      heapdiff show second.json --by entry
      heapdiff show second.json -n 0 --format json
      heapdiff show after.json --since before.json

    By type, bytes are the objects' own size. By holder, module, package or distribution, they are what it keeps alive; each
    object counts once, where the shortest path to it starts. Retained is what would be freed if the type's objects or the
    variable were gone. By site or entry, they are estimated from samples: "heapdiff sample" switches these on. 1 kB is
    1000 bytes.

    --since is for two snapshots with little in between, such as one request: unlike compare, it lists what little each holder
    gained, and doesn't judge whether it leaks.
    """
    if since is not None:
        if retained or ctx.get_parameter_source("by") is not ParameterSource.DEFAULT:
            raise UsageError("--since lists holders", "Leave out --by and --retained.")
        _show_new(snapshot, since, limit, form)
        return
    from dataclasses import replace

    from heapdiff.cli.loading import open_snapshot
    from heapdiff.cli.output import print_answer, shown_rows
    from heapdiff.render.terminal.inventory import render_inventory

    rows = min(shown_rows(limit, SHOWN) or MOST_RETAINED, MOST_RETAINED) if retained else 0
    inventory = _take(open_snapshot(snapshot), by, rows)
    shortened, shown = replace(inventory, rows=inventory.rows[: limit or None]), shown_rows(limit, SHOWN)
    print_answer(form, "show/1", shortened, lambda console: render_inventory(console, inventory, shown))


def _show_new(snapshot: Path, since: Path, limit: int | None, form: str) -> None:
    from dataclasses import replace

    from heapdiff import analysis
    from heapdiff.cli.loading import about, open_snapshot, require_graph
    from heapdiff.cli.output import busy, print_answer, shown_rows
    from heapdiff.render.terminal.inventory import render_newcomers

    later = open_snapshot(snapshot)
    base = open_snapshot(since, before=later)
    if base.summary.captured_at > later.summary.captured_at:
        raise UsageError(f"{since}: is later than {snapshot}", "Give the earlier one to --since.")
    graphs = require_graph(base), require_graph(later)
    with about(since), busy("comparing"):
        answer = analysis.list_newcomers(*graphs, (str(base.path), str(later.path)))
    shortened, shown = replace(answer, keepers=answer.keepers[: limit or None]), shown_rows(limit, SHOWN)
    print_answer(form, "since/1", shortened, lambda console: render_newcomers(console, answer, shown))


def _take(snapshot: Snapshot, by: str, retained: int) -> Inventory:
    """By type the summary says it; the rest needs the references."""
    from heapdiff.answers import Inventory, Share, SnapshotRef
    from heapdiff.cli.loading import require_graph

    if by == "type" and not retained:
        rows = tuple(Share(entry.type, entry.count, entry.bytes) for entry in snapshot.summary.types)
        return Inventory(SnapshotRef.of(snapshot.summary, str(snapshot.path)), by, rows, ())
    graph = require_graph(snapshot)
    from heapdiff.analysis import take_inventory
    from heapdiff.cli.output import busy

    with busy("adding up"):
        return take_inventory(graph, by, snapshot.summary, str(snapshot.path), retained)
